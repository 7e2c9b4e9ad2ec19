// What can come of asking the server, as a small hierarchy.

/** The server did not answer, or not in time. */
export class Unreachable extends Error {}

/** The server answered that it will not (RFC 9457). */
export class Refusal extends Error {
  /**
   * @param status HTTP status
   * @param type the problem's short name, such as `stale`
   * @param detail the server's own words
   * @param readable whether they are in the reader's language
   * @param body the problem as it came
   */
  constructor(
    readonly status: number,
    readonly type: string,
    readonly detail: string,
    readonly readable: boolean,
    readonly body: Readonly<Record<string, unknown>>,
  ) {
    super(`${status} ${detail}`);
  }
}

/** Nobody is signed in, or not any more. */
export class SignedOut extends Refusal {}

/** Somebody else was first: what was seen is not what is there now (409, 412). */
export class Clash extends Refusal {}

export function refusal(
  status: number,
  type: string,
  detail: string,
  readable: boolean,
  body: Record<string, unknown>,
): Refusal {
  const kind = status === 401 ? SignedOut : status === 409 || status === 412 ? Clash : Refusal;
  return new kind(status, type, detail, readable, body);
}
