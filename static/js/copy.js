// Buttons that copy a code. They are hidden until we know that the browser lets us.
"use strict";
if (navigator.clipboard) {
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    const said = button.parentElement.querySelector("[data-copied]");
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      said.textContent = said.dataset.copied;
      setTimeout(() => (said.textContent = ""), 2000);
    });
  }
}
