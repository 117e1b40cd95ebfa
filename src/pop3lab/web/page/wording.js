// Numbers, times and octets, as people read them.

const EXACT = new Intl.NumberFormat("en");
const UNITS = ["octets", "KiB", "MiB", "GiB", "TiB"];

export function number(value) {
  return EXACT.format(value);
}

/** "1 message", "2 messages". */
export function count(value, word, several = `${word}s`) {
  return `${number(value)} ${value === 1 ? word : several}`;
}

/** Octets in the unit that suits them: "812", "47.1 KiB". */
export function octets(value) {
  if (value < 1024) return number(value);
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(value < 100 ? 1 : 0)} ${UNITS[unit]}`;
}

/** Octets with their unit: "812 octets", "47.1 KiB". */
export function size(value) {
  return value < 1024 ? count(value, "octet") : octets(value);
}

/** The server's time of day; of another day with its date. */
export function clock(seconds) {
  const at = new Date(seconds * 1000);
  const today = at.toDateString() === new Date().toDateString();
  const time = at.toLocaleTimeString("en-GB");
  return today ? time : `${at.toLocaleDateString("en-CA")} ${time}`;
}

export function duration(seconds) {
  if (seconds < 10) return `${seconds.toFixed(3)} s`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  const rest = String(Math.floor(seconds % 60)).padStart(2, "0");
  return minutes < 60
    ? `${minutes}:${rest} min`
    : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")} h`;
}
