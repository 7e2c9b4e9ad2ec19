// A password to hand over: 16 of 56 letters and digits that are not taken for one another, 92 bits.

const SIGNS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const LENGTH = 16;

export function newPassword(): string {
  let made = "";
  while (made.length < LENGTH) {
    const [byte] = crypto.getRandomValues(new Uint8Array(1));
    // What is beyond the last whole multiple would make the first signs likelier.
    if (byte !== undefined && byte < 224) made += SIGNS[byte % SIGNS.length] ?? "";
  }
  return made;
}
