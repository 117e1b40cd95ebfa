// The place that an address names: "#/sessions/7?line=42" is line 42 of session 7.

const FIRST = "sessions";

/** {view, path, query} of the address in the browser. */
export function place() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?", 2);
  const [view, ...rest] = path.split("/").filter(Boolean).map(plain);
  return { view: view || FIRST, path: rest, query: new URLSearchParams(query) };
}

/** The address of a place. */
export function address(view, path = [], query = {}) {
  const given = Object.entries(query).filter(
    ([, value]) => value !== "" && value !== null && value !== undefined,
  );
  const asked = new URLSearchParams(given).toString();
  return `#/${[view, ...path].map(encodeURIComponent).join("/")}${asked ? `?${asked}` : ""}`;
}

/** Goes there; the place before stays in the history, unless `instead` is true. */
export function go(to, instead = false) {
  if (instead) {
    history.replaceState(null, "", to);
    dispatchEvent(new HashChangeEvent("hashchange"));
  } else {
    location.hash = to;
  }
}

function plain(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
