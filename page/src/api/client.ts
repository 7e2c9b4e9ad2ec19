// The one place that talks HTTP to the API. Paths, parameters and answers are typed by the API's own
// description, which the build asks the server's code for.

import createClient, { type Middleware } from "openapi-fetch";
import { refusal, Unreachable } from "@/api/errors";
import type { components, paths } from "@/api/schema";
import { learnClock } from "@/clock";
import { language } from "@/i18n";

export type Schemas = components["schemas"];

const PATIENCE_MS = 15_000;

/** Turns all that is not a good answer into one of our errors. */
const errors: Middleware = {
  onRequest({ request }) {
    request.headers.set("accept-language", language());
    return request;
  },
  async onResponse({ response }) {
    learnClock(response.headers.get("date"));
    if (response.ok || response.status === 304) return undefined;
    const body = await problemOf(response);
    const detail = typeof body.detail === "string" ? body.detail : response.statusText;
    // What is said in one language only is said in English, without a word of which it is.
    const spoken = response.headers.get("content-language") ?? "en";
    const type = typeof body.type === "string" ? (body.type.split(/[/:]/).at(-1) ?? "") : "";
    throw refusal(response.status, type, detail, spoken === language(), body);
  },
  onError({ error }) {
    return new Unreachable(error instanceof Error ? error.message : "", { cause: error });
  },
};

async function problemOf(response: Response): Promise<Record<string, unknown>> {
  try {
    return (await response.json()) as Record<string, unknown>;
  } catch {
    return {};
  }
}

export const api = createClient<paths>({
  baseUrl: location.origin,
  fetch: (request) => fetch(request, { signal: AbortSignal.any([request.signal, patience()]) }),
});
api.use(errors);

function patience(): AbortSignal {
  return AbortSignal.timeout(PATIENCE_MS);
}

/** What was answered; errors are thrown, so that it is there. */
export async function answer<T>(asked: Promise<{ data?: T; response: Response }>): Promise<T> {
  return (await asked).data as T;
}

/** What was answered, and which version of it: for `If-Match`. */
export async function versioned<T>(
  asked: Promise<{ data?: T; response: Response }>,
): Promise<{ data: T; etag: string }> {
  const { data, response } = await asked;
  return { data: data as T, etag: response.headers.get("etag") ?? "" };
}
