// The keyboard. "/" searches, "?" lists the keys, j k and the arrows walk the rows of table[data-rows], Enter or o opens a row, t ticks
// it, a number chooses a reason of the decision that is open, Ctrl+Enter sends what one types,
// [data-key] is reached by its key, "g" and then a letter goes to the place in the menu that begins with it.
// Nothing happens while somebody types, nor with Ctrl, Alt or Meta. A key never submits a form: it brings the focus to the
// button, and Enter is the decision.
"use strict";
(() => {
  const FIELD = "textarea, select, input:not([type=hidden])";
  const typing = (element) => element.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  const rowLinks = () =>
    [...document.querySelectorAll("table[data-rows] tbody tr")].map((row) => row.querySelector("a[href]")).filter(Boolean);

  const walk = (step) => {
    const links = rowLinks();
    if (!links.length) return false;
    const row = document.activeElement.closest("table[data-rows] tbody tr");
    const at = row ? links.findIndex((link) => row.contains(link)) : -1;
    const next = links[Math.min(links.length - 1, Math.max(0, at < 0 ? 0 : at + step))];
    next.focus();
    next.closest("tr").scrollIntoView({ block: "nearest" });
    return true;
  };

  const reach = (element) => {
    const folded = element.closest("details:not([open])");
    if (folded && element.tagName !== "SUMMARY") folded.open = true;
    element.focus();
    const pressed = element.matches("a[href], button[type=button], summary");
    if (pressed && !(element.tagName === "SUMMARY" && element.parentElement.open)) element.click();
    // The event "toggle" comes later than the next key of somebody who types fast: that key would be a shortcut, or lost.
    if (element.matches("[data-focus-first][open] > summary")) element.parentElement.querySelector(FIELD)?.focus();
    if (element.matches("input")) element.select();
  };

  // Whoever speaks to the machine, or hits keys by accident, can switch single keys off (WCAG 2.1.4).
  const off = "keys-off";
  const control = document.querySelector("[data-keys-switch]");
  if (control) {
    control.checked = !localStorage.getItem(off);
    control.addEventListener("change", () => (control.checked ? localStorage.removeItem(off) : localStorage.setItem(off, "1")));
  }

  // The number of a reason, in the decision that is open: it is chosen, and the words are next.
  const choose = (number) => {
    const select = document.querySelector("details[open] select[data-numbered]");
    const option = [...(select?.options ?? [])].filter((option) => option.value)[number - 1];
    if (!option) return false;
    select.value = option.value;
    select.dispatchEvent(new Event("change", { bubbles: true }));
    select.form.querySelector("textarea")?.focus();
    return true;
  };

  let going = 0;
  const shortcut = (key) => {
    if (going && Date.now() - going < 1500) {
      going = 0;
      const links = [...document.querySelectorAll(".side .nav a")];
      const link = links.find((link) => link.textContent.trim().toLocaleLowerCase().startsWith(key));
      link?.click();
      return Boolean(link);
    }
    going = key === "g" ? Date.now() : 0;
    if (/^[1-9]$/.test(key)) return choose(Number(key));
    if (key === "t" && !going) {
      const tick = document.activeElement.closest("table[data-rows] tbody tr")?.querySelector("[data-tick]");
      if (tick) tick.click();
      if (tick) return true;
    }
    if (key === "j" || key === "ArrowDown") return walk(1);
    if (key === "k" || key === "ArrowUp") return walk(-1);
    const row = document.activeElement.closest("table[data-rows] tbody tr");
    if (key === "o" && row) {
      row.querySelector("a[href]")?.click();
      return true;
    }
    if (key === "?") {
      const help = document.getElementById("keys");
      help?.showModal();
      return Boolean(help);
    }
    const element = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (element) reach(element);
    return Boolean(element);
  };

  // Ctrl+Enter sends the form that one types in, by its first button.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !event.target.matches("textarea")) return;
    event.preventDefault();
    event.target.form?.querySelector("button:not([type=button])")?.click();
  });

  document.addEventListener("keydown", (event) => {
    if (event.target.matches("select[data-numbered]") && /^[1-9]$/.test(event.key) && !localStorage.getItem(off)) {
      if (choose(Number(event.key))) event.preventDefault();
      return;
    }
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (localStorage.getItem(off) || document.querySelector("dialog[open]") || typing(event.target)) return;
    const arrow = event.key.startsWith("Arrow");
    if (arrow && !event.target.closest("table[data-rows]")) return; // elsewhere arrows scroll
    if (event.key.length > 1 && !arrow) return;
    if (shortcut(event.key)) event.preventDefault();
  });

  // Opening a queue, the first case is one Enter away.
  const table = document.querySelector("table[data-rows][data-autofocus]");
  if (table && !document.querySelector("[data-focus]")) table.querySelector("tbody a[href]")?.focus();
})();
