// What this server is, and how to connect.
import { howToConnect } from "./connect.js";
import { element, replace } from "./elements.js";

export class About {
  title = "About";
  #state;
  #facts = element("div");

  constructor(state) {
    this.#state = state;
    const links = element(
      "ul",
      {},
      element(
        "li",
        {},
        element("a", { href: "api/v1/openapi.json" }, "The HTTP interface"),
        " as OpenAPI, for programs",
      ),
      element("li", {}, "Keys: press ", element("kbd", {}, "?")),
    );
    const text = element(
      "div",
      { class: "text" },
      element("h1", {}, "About this server"),
      this.#facts,
      element("h2", {}, "More"),
      links,
    );
    this.element = text;
    text.tabIndex = 0;
    this.listeners = { reloaded: () => this.#show() };
    this.#show();
  }

  update() {}

  #show() {
    const { about, rules } = this.#state;
    if (!about) return;
    const ofProfile = rules.filter((rule) => rule.ofProfile);
    replace(
      this.#facts,
      element(
        "dl",
        { class: "facts" },
        ...fact("Program", `pop3lab ${about.version}`),
        ...fact("Messages", about.target || "in memory"),
        ...fact("Profile", about.profile || "none: it goes by the RFCs"),
        ...(about.read_only ? fact("This page", "reads only: nothing can be changed here") : []),
      ),
      ofProfile.length > 0 &&
        element(
          "section",
          {},
          element("h2", {}, "What the profile does"),
          element(
            "ul",
            {},
            ofProfile.map((rule) =>
              element(
                "li",
                {},
                element("code", {}, rule.text),
                element("p", { class: "faint" }, rule.meaning),
              ),
            ),
          ),
        ),
      element("h2", {}, "How to connect"),
      element("div", { class: "stack" }, ...howToConnect(about)),
    );
  }
}

function fact(name, text) {
  return [element("dt", {}, name), element("dd", {}, text)];
}
