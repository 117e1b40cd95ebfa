// How to connect: what a client must be told, and lines that try it at once.
import { copyLine } from "./clipboard.js";
import { element } from "./elements.js";

/** Host, port, user and password, and a line each for curl and openssl. */
export function howToConnect(about) {
  return [
    element(
      "dl",
      { class: "facts" },
      ...about.endpoints.flatMap((endpoint) => fact(named(endpoint), where(endpoint))),
      ...account(about),
    ),
    ...about.endpoints.flatMap((endpoint) => lines(endpoint, about)),
  ];
}

function account({ user, password }) {
  return [...fact("User", user), ...(password === null ? [] : fact("Password", password))];
}

function fact(name, text) {
  return [element("dt", {}, name), element("dd", {}, element("code", {}, text))];
}

function named({ tls }) {
  return (
    { none: "Host and port", starttls: "With STLS", implicit: "With TLS" }[tls] ?? "Host and port"
  );
}

function where({ host, port }) {
  return `${bracketed(host)}:${port}`;
}

function bracketed(host) {
  return host.includes(":") ? `[${host}]` : host;
}

function lines(endpoint, { user, password }) {
  const login = shell(`${user}:${password ?? "PASSWORD"}`);
  const scheme = endpoint.tls === "implicit" ? "pop3s" : "pop3";
  const secure = { starttls: "--ssl-reqd -k ", implicit: "-k " }[endpoint.tls] ?? "";
  const curl = `curl ${secure}-u ${login} ${scheme}://${where(endpoint)}/`;
  return [
    copyLine(curl, "the line for curl"),
    copyLine(dialogue(endpoint), "the line for a dialogue by hand"),
  ];
}

function dialogue(endpoint) {
  const stls = endpoint.tls === "starttls" ? "-starttls pop3 " : "";
  if (endpoint.tls === "none") return `nc -C ${endpoint.host} ${endpoint.port}`;
  return `openssl s_client -quiet -crlf ${stls}-connect ${where(endpoint)}`;
}

function shell(text) {
  return /^[\w:.@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
