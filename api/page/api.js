// The one place that talks HTTP to the API.

import { learnClock } from "./format.js";
import { language } from "./i18n.js";

const PATIENCE_MS = 15000;
const UPLOAD_PATIENCE_MS = 120000;

/** A refusal or a failure, with what the server said of it (RFC 9457) where it said anything. */
export class ApiError extends Error {
  /**
   * @param {number} status HTTP status; 0 when no answer came
   * @param {string} detail the server's own words, may be empty
   * @param {boolean} readable whether they are in the reader's language
   */
  constructor(status, detail, readable = true) {
    super(`${status} ${detail}`);
    this.status = status;
    this.detail = detail;
    this.readable = readable;
  }
}

/** @param {(body: object, response: Response) => unknown} read what is made of the answer */
async function call(path, options = {}, read = (body) => body) {
  let response;
  try {
    const headers = { "accept-language": language(), ...options.headers };
    response = await fetch(path, { signal: AbortSignal.timeout(PATIENCE_MS), ...options, headers });
  } catch (error) {
    throw new ApiError(0, error.name === "TimeoutError" ? `${PATIENCE_MS / 1000} s` : "");
  }
  learnClock(response.headers.get("date"));
  const body = await response.json().catch(() => null);
  if (response.ok) return read(body, response);
  const said = typeof body?.detail === "string" ? body.detail : "";
  // What is said in one language only is said in English, without a word of which it is.
  const spoken = response.headers.get("content-language") ?? "en";
  const detail = said || (body?.title ?? response.statusText);
  throw new ApiError(response.status, detail, spoken === language());
}

function post(path, body, headers = {}) {
  return call(path, {
    method: "POST",
    // A verdict reaches the server even if the page is left in the same moment.
    keepalive: true,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

/** A page of cases, newest first. */
export function listCases(cursor = null, limit = 50) {
  const query = new URLSearchParams({ limit: String(limit) });
  if (cursor !== null) query.set("cursor", String(cursor));
  return call(`/v1/cases?${query}`);
}

export function getCase(id) {
  return call(`/v1/cases/${encodeURIComponent(id)}`);
}

export function getTimers(id) {
  return call(`/v1/cases/${encodeURIComponent(id)}/timers`);
}

/** Who was told of a case, when, through what, and whether it arrived. */
export function getNotices(id) {
  return call(`/v1/cases/${encodeURIComponent(id)}/notices`);
}

/** How a case was handed over, taken in or passed on, with the receipts. */
export function getTransfers(id) {
  return call(`/v1/cases/${encodeURIComponent(id)}/transfers`);
}

/** Who told of a case, and what they answered when they were called back. */
export function getTickets(id) {
  return call(`/v1/cases/${encodeURIComponent(id)}/tickets`);
}

/**
 * What is on record of a camera for the law.
 *
 * @returns {Promise<{record: object, etag: string}>}
 */
export function getRecord(camera) {
  return call(`/v1/cameras/${encodeURIComponent(camera)}/compliance`, {}, (record, response) => ({
    record,
    etag: response.headers.get("etag"),
  }));
}

/** @param {string} etag the version that was seen: if it has changed since, nothing is written */
export function putRecord(camera, record, etag) {
  return call(`/v1/cameras/${encodeURIComponent(camera)}/compliance`, {
    method: "PUT",
    headers: { "content-type": "application/json", "if-match": etag },
    body: JSON.stringify(record),
  });
}

/** Sends a notice that has failed once more. */
export function postSendAgain(notice) {
  return post(`/v1/notices/${encodeURIComponent(notice)}/send`, {});
}

export function getWatching() {
  return call("/v1/watching");
}

/** @param {{verdict: "confirmed" | "dismissed", reason: string, by: string}} verdict */
export function postVerdict(id, verdict) {
  return post(`/v1/cases/${encodeURIComponent(id)}/verdict`, verdict);
}

/** What may be done to a case now, by whoever sits here. */
export function getActions(id, by) {
  return call(`/v1/cases/${encodeURIComponent(id)}/actions?${new URLSearchParams({ by })}`);
}

/** @param {string} etag the version that was seen: if the case has changed since, nothing is done */
export function postAction(id, action, etag, fields) {
  const path = `/v1/cases/${encodeURIComponent(id)}/actions/${encodeURIComponent(action)}`;
  return post(path, fields, { "if-match": etag });
}

/**
 * Adds a picture to a case.
 *
 * @param {File} file a JPEG or PNG
 * @returns {Promise<{sha256: string, etag: string}>} its name, and the case's version with it
 */
export function postFile(id, file, usage, etag, by) {
  const query = new URLSearchParams({ usage, by });
  const headers = { "content-type": file.type, "if-match": etag };
  return call(
    `/v1/cases/${encodeURIComponent(id)}/files?${query}`,
    { method: "POST", headers, body: file, signal: AbortSignal.timeout(UPLOAD_PATIENCE_MS) },
    (_body, response) => ({
      sha256: response.headers.get("content-location").split("/").pop(),
      etag: response.headers.get("etag"),
    }),
  );
}

export function getHistory(id) {
  return call(`/v1/cases/${encodeURIComponent(id)}/history`);
}

export function getStandards() {
  return call("/v1/standards");
}

/** How one may sign in here. */
export function getWays() {
  return call("/v1/sign-in");
}

/** @param {{key: string} | {name: string, password: string}} proof */
export function login(proof) {
  return post("/v1/login", proof);
}

/** @param {{token: string, name: string, password: string}} first the first administrator */
export function makeFirst(first) {
  return post("/v1/first-run", first);
}

export function logout() {
  return post("/v1/logout");
}

export function getMe() {
  return call("/v1/me");
}
