// Octets as text that can be seen: controls and what is not text as \x1b.

const INVISIBLE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffc]/gu;

/** Text with everything invisible, or that turns text around, written out. */
export function visible(text) {
  return text.replace(INVISIBLE, (found) => {
    const code = found.codePointAt(0);
    return code < 256
      ? `\\x${code.toString(16).padStart(2, "0")}`
      : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** Octets as UTF-8, or, if they are not, with each one above 127 as \xff. */
export function decoded(octets) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    return [...octets]
      .map((octet) => (octet < 128 ? String.fromCharCode(octet) : `\\x${octet.toString(16)}`))
      .join("");
  }
}
