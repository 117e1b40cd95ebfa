// The table of sessions, newest first.
import { address } from "./router.js";
import { WindowedTable } from "./windowed_table.js";
import { clock, duration, number, octets } from "./wording.js";

const COLUMNS = [
  [
    "State",
    "state",
    (s) => (s.open ? "open" : s.end || "ended"),
    (s) => (s.open ? "live-one" : s.end === "quit" ? "well" : "ill"),
  ],
  ["#", "number", (s) => String(s.number)],
  ["Started", "started", (s) => clock(s.opened)],
  ["User", "user", (s) => s.user || "–"],
  ["Login", "mechanism", (s) => s.mechanism],
  ["TLS", "tls", (s) => s.tls.replace("TLSv", "")],
  ["Peer", "peer", (s) => s.peer],
  ["Commands", "figure commands", (s) => number(s.commands)],
  ["Retrieved", "figure retrieved", (s) => number(s.retrieved)],
  ["Deleted", "figure deleted", (s) => number(s.deleted)],
  ["Sent", "figure sent", (s) => octets(s.sent)],
  [
    "Violations",
    "figure violations",
    (s) => number(s.violations),
    (s) => (s.violations ? "some" : ""),
  ],
  ["Faults", "figure faults", (s) => number(s.faults), (s) => (s.faults ? "some" : "")],
  ["Lasted", "figure lasted", (s) => (s.ended ? duration(s.ended - s.opened) : "")],
];

export function sessionTable() {
  return new WindowedTable("Sessions", COLUMNS, {
    key: (session) => session.number,
    href: (session) => address("sessions", [session.number]),
  });
}
