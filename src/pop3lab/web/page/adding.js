// Adds messages: files that are chosen or dropped, pasted text, and generated ones.
import { showDialog } from "./dialog.js";
import { button, element, labelled } from "./elements.js";

/** Buttons that add messages; files can also be dropped on `area`. octets, generate: do it. */
export function adding(area, { octets, generate }) {
  const files = element("input", {
    type: "file",
    multiple: true,
    class: "hidden",
    tabindex: "-1",
    "aria-label": "Files",
  });
  const addAll = async (list) => {
    for (const file of list) await octets(await file.arrayBuffer());
  };
  files.addEventListener("change", () =>
    addAll([...files.files]).then(() => {
      files.value = "";
    }),
  );
  takeDropped(area, addAll);
  return [
    button("Add files", () => files.click(), {
      class: "changes",
      title: "Or drop files on the list",
    }),
    files,
    button("Paste", () => paste(octets), { class: "changes" }),
    button("Generate", () => generateDialog(generate), { class: "changes" }),
  ];
}

function takeDropped(area, addAll) {
  const mark = (on) => area.classList.toggle("dropping", on);
  area.addEventListener("dragover", (event) => {
    event.preventDefault();
    mark(true);
  });
  area.addEventListener("dragleave", () => mark(false));
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    mark(false);
    addAll([...event.dataTransfer.files]);
  });
}

function paste(octets) {
  const field = element("textarea", {
    rows: "12",
    autofocus: true,
    spellcheck: "false",
    placeholder: "Subject: …\n\n…",
  });
  const add = button(
    "Add",
    () => {
      dialog.close();
      octets(new TextEncoder().encode(field.value.replace(/\r?\n/g, "\r\n")));
    },
    { class: "main" },
  );
  const dialog = showDialog(
    "Paste a message",
    labelled("Source; its lines will end in CRLF", field),
    add,
  );
}

function generateDialog(generate) {
  const number = (value, least) =>
    element("input", { type: "number", min: least, value, size: "8" });
  const [many, seed] = [number("3", "1"), number("1", "0")];
  const size = element("input", { value: "2KiB..64KiB", size: "14", spellcheck: "false" });
  const add = button(
    "Generate",
    () => {
      dialog.close();
      generate({ count: Number(many.value), size: size.value.trim(), seed: Number(seed.value) });
    },
    { class: "main" },
  );
  const fields = element(
    "div",
    { class: "fields" },
    labelled("Messages", many),
    labelled("Size of each", size),
    labelled("Seed", seed),
  );
  const dialog = showDialog("Generate messages", fields, add);
}
