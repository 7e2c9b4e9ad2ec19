// A step of a case's life, asked of the server with the version that was seen.

import { answer, api, type Schemas } from "@/api/client";
import { settings } from "@/settings";

export type Offer = Schemas["ActionOffer"];
export type Fields = Record<string, unknown>;

/** A field as JSON Schema describes it, as far as the form needs it. */
interface FormSchema {
  properties?: Record<string, unknown>;
  required?: string[];
  $defs?: Record<string, { enum?: string[] }>;
}

export function schemaOf(offer: Offer): FormSchema {
  return offer.fields;
}

/** The names of the fields that a person fills in, those that must be there first. */
export function fieldNames(offer: Offer): string[] {
  const { properties = {}, required = [] } = schemaOf(offer);
  const rank = (name: string) => (required.includes(name) ? 0 : 1);
  return Object.keys(properties)
    .filter((name) => name !== "by") // the page itself says who acts
    .sort((a, b) => rank(a) - rank(b));
}

export function choices(offer: Offer, name: string): readonly string[] {
  return schemaOf(offer).$defs?.[name]?.enum ?? [];
}

/** Keeps a picture with the case; answers its name, and the case's version with it. */
async function keep(id: number, file: File, usage: "handled" | "checked", etag: string) {
  const { data, response } = await api.POST("/v1/cases/{case_id}/files", {
    params: {
      path: { case_id: id },
      query: { usage, by: settings.operator },
      header: { "if-match": etag },
    },
    // The description types a binary body as a string; the file goes as it is.
    body: file as unknown as string,
    bodySerializer: (body) => body as unknown as BodyInit,
    headers: { "content-type": file.type },
  });
  const name = response.headers.get("content-location")?.split("/").at(-1) ?? "";
  return { data, name, etag: response.headers.get("etag") ?? etag };
}

/**
 * Do it, pictures first.
 *
 * @param etag the version that was seen: if the case has changed since, nothing is done
 * @throws Clash somebody else was first
 */
export async function act(id: number, offer: Offer, etag: string, fields: Fields): Promise<void> {
  const usage = offer.action === "finish" ? "handled" : "checked";
  const files = (fields["pictures"] as File[] | undefined) ?? [];
  const pictures: string[] = [];
  let seen = etag;
  for (const file of files) {
    const kept = await keep(id, file, usage, seen);
    pictures.push(kept.name);
    seen = kept.etag;
  }
  const pictured = files.length > 0 ? { pictures } : {};
  await answer(
    api.POST("/v1/cases/{case_id}/actions/{action}", {
      params: { path: { case_id: id, action: offer.action }, header: { "if-match": seen } },
      body: { ...fields, ...pictured, by: settings.operator },
    }),
  );
}
