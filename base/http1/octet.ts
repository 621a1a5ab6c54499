/** Which octets may stand where (RFC 9110 §5.5 and §5.6.2, RFC 9112 §3.2, RFC 3986 §3.2.2), as tables: one look-up an octet. */

export const HTAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;
export const COMMA = 0x2c;
export const SLASH = 0x2f;
export const COLON = 0x3a;
export const SEMICOLON = 0x3b;

const digits = '0123456789';
const upperLetters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const letters = `${upperLetters}${upperLetters.toLowerCase()}`;

/** The octets of a token, each in lower case; 0 for all others. */
export const tokenLower: Uint8Array = tokens();

/** 1 for an octet of a field value or a reason phrase: HTAB, SP, visible ASCII, obs-text. */
export const isValue: Uint8Array = table((octet) => octet === HTAB || (octet >= 0x20 && octet !== 0x7f));

/** 1 for an octet of a request target: visible ASCII without `#` (a fragment is never sent). */
export const isTarget: Uint8Array = table((octet) => octet > 0x20 && octet < 0x7f && octet !== 0x23);

/** 1 for an octet of a Host value: uri-host [":" port]. */
export const isHost: Uint8Array = among(`${letters}${digits}-._~!$&'()*+,;=%:[]`);

/** The value of a hexadecimal digit; 255 for all others. */
export const hexValue: Uint8Array = hexValues();

function table(has: (octet: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, octet) => (has(octet) ? 1 : 0));
}

function among(list: string): Uint8Array {
  return table((octet) => list.includes(String.fromCharCode(octet)));
}

function tokens(): Uint8Array {
  const allowed = among(`${letters}${digits}!#$%&'*+-.^_\`|~`);
  return Uint8Array.from({ length: 256 }, (_, octet) => {
    if (allowed[octet] === 0) return 0;
    return octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet;
  });
}

function hexValues(): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, octet) => {
    const value = Number.parseInt(String.fromCharCode(octet), 16);
    return Number.isNaN(value) ? 255 : value;
  });
}
