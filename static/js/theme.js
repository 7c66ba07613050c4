// The colour scheme at once, without a page load. Without script the same buttons post to the server, which sets the same cookie.
"use strict";
for (const form of document.querySelectorAll("[data-theme-form]")) {
  form.addEventListener("submit", (event) => {
    const chosen = event.submitter && event.submitter.value;
    if (!["auto", "light", "dark"].includes(chosen)) return;
    event.preventDefault();
    const age = chosen === "auto" ? 0 : 31536000;
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `theme=${chosen}; Path=/; Max-Age=${age}; SameSite=Lax${secure}`;
    document.querySelector("meta[name=color-scheme]").content = chosen === "auto" ? "light dark" : chosen;
    for (const button of form.querySelectorAll("button")) button.setAttribute("aria-pressed", button.value === chosen);
  });
}
