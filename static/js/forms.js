// Forms: one press is one submit, errors take the focus, a menu closes when one looks elsewhere, a question is asked in a dialog.
"use strict";
(() => {
  const busy = (form, on) => {
    form.toggleAttribute("data-sent", on);
    for (const button of form.querySelectorAll("button:not([type=button])")) {
      if (on) button.setAttribute("aria-busy", "true");
      else button.removeAttribute("aria-busy");
    }
  };

  // A second press does nothing. The button is not disabled: a disabled button would not send its own name and value.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method === "dialog" || form.hasAttribute("data-repeat")) return;
    if (form.hasAttribute("data-sent")) return event.preventDefault();
    if (form.method === "post") busy(form, true);
  });
  // Coming back with the back button, the page may be the one that was left: it must work again.
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => busy(form, false)));
  // A download leaves the page standing.
  document.addEventListener("submit", (event) => {
    if (event.target.hasAttribute("data-download")) setTimeout(() => busy(event.target, false), 3000);
  });

  const focused = document.querySelector("[data-focus]");
  if (focused) focused.focus();

  // <a href="/x/confirm/" data-confirm="id-of-dialog">: the dialog asks here; without script the link leads to a page that asks.
  for (const link of document.querySelectorAll("[data-confirm]")) {
    const dialog = document.getElementById(link.dataset.confirm);
    if (!dialog) continue;
    link.addEventListener("click", (event) => {
      event.preventDefault();
      dialog.showModal();
    });
  }
  for (const button of document.querySelectorAll("[data-open]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      button.closest("details")?.removeAttribute("open");
      document.getElementById(button.dataset.open).showModal();
    });
  }

  const menus = document.querySelectorAll("details.menu");
  document.addEventListener("click", (event) => {
    for (const menu of menus) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of menus) {
      if (!menu.open) continue;
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // Of tabs that do not fit, the one that one is on is in sight.
  document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

  // What opens shows its first field ready to type in.
  for (const details of document.querySelectorAll("details[data-focus-first]")) {
    details.addEventListener("toggle", () => {
      if (details.open) details.querySelector("textarea, select, input:not([type=hidden])")?.focus();
    });
  }
})();
