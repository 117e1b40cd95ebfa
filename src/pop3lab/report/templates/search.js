// Adds a field that leaves only the cases with the given text. Everything else works without it.
const rows = [...document.querySelectorAll("tbody tr[id]")];
const field = Object.assign(document.createElement("input"), {
  type: "search", placeholder: "Search cases", ariaLabel: "Search cases",
});
field.addEventListener("input", () => {
  const wanted = field.value.toLowerCase().split(/\s+/);
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !wanted.every((word) => text.includes(word));
  }
  for (const group of document.querySelectorAll("details.group")) {
    group.hidden = !group.querySelector("tr[id]:not([hidden])");
  }
});
document.querySelector(".filter").append(field);
