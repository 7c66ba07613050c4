// Buttons that copy a code. They are hidden until we know that the browser lets us.
"use strict";
if (navigator.clipboard) {
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    const label = button.getAttribute("aria-label");
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.setAttribute("aria-label", button.dataset.copied);
      button.classList.add("copied");
      setTimeout(() => {
        button.setAttribute("aria-label", label);
        button.classList.remove("copied");
      }, 2000);
    });
  }
}
