// What is wrong with the page that is open. Each check returns short descriptions, and nothing where all is well.
"use strict";
globalThis.checks = (() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const visible = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const short = (element) => {
    const says = (element.textContent || element.value || "").trim().replace(/\s+/g, " ").slice(0, 40);
    return `<${element.tagName.toLowerCase()}${element.id && ` #${element.id}`}${element.className && ` .${element.className}`}> ${says}`;
  };
  const byIds = (ids) => (ids || "").split(" ").map((id) => document.getElementById(id)?.textContent || "").join(" ");
  const words = (element) => [element.textContent, ...[...element.querySelectorAll("img")].map((image) => image.alt)].join(" ");
  const nameOf = (element) => {
    const names = [element.getAttribute("aria-label"), element.title, byIds(element.getAttribute("aria-labelledby"))];
    names.push(...[...(element.labels || [])].map(words));
    if (!element.matches("input, select, textarea")) names.push(words(element));
    if (element.matches("input[type=submit]")) names.push(element.value);
    return names.join(" ").trim();
  };

  const structure = () => {
    const found = [];
    const headings = all("h1").filter(visible);
    if (headings.length !== 1) found.push(`${headings.length} h1 headings`);
    if (!document.documentElement.lang) found.push("no language");
    if (!document.title.trim()) found.push("no title");
    if (all("main").length !== 1) found.push(`${all("main").length} main landmarks`);
    const ids = all("[id]").map((element) => element.id);
    for (const id of new Set(ids.filter((id, index) => ids.indexOf(id) !== index))) found.push(`id used twice: ${id}`);
    for (const element of all("[tabindex]")) if (element.tabIndex > 0) found.push(`tabindex: ${short(element)}`);
    for (const image of all("img:not([alt])")) found.push(`no words for: ${image.outerHTML}`);
    for (const image of all("svg:not([aria-hidden], :has(symbol))")) {
      if (!nameOf(image.closest("a, button, summary") ?? image)) found.push(`no words for: ${image.outerHTML.slice(0, 80)}`);
    }
    for (const element of all("a[href], button, summary, input:not([type=hidden]), select, textarea, dialog, [role=region]")) {
      if (!nameOf(element)) found.push(`no name: ${short(element)} ${element.outerHTML.slice(0, 120)}`);
    }
    for (const attribute of ["aria-labelledby", "aria-describedby", "for"]) {
      for (const element of all(`[${attribute}]`)) {
        for (const id of element.getAttribute(attribute).split(" ")) {
          if (!document.getElementById(id)) found.push(`${attribute} leads nowhere: ${id}`);
        }
      }
    }
    for (const table of all("table")) {
      if (!table.querySelector("th")) found.push(`no heading cells: ${short(table)}`);
    }
    return found;
  };

  // After a key was pressed, a browser shows the focus of whatever gets it.
  const focus = () => {
    const found = [];
    const before = document.activeElement;
    for (const element of all("a[href], button, summary, input, select, textarea, [tabindex='0']")) {
      if (!visible(element) || element.disabled || element.tabIndex < 0) continue;
      element.focus({ preventScroll: true });
      if (document.activeElement !== element) continue;
      const style = getComputedStyle(element);
      const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
      if (!ring) found.push(`focus not seen: ${short(element)}`);
    }
    before?.focus?.({ preventScroll: true });
    return found;
  };

  // https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
  const parse = (colour) => {
    const numbers = colour.match(/-?[\d.]+(e-?\d+)?/g).map(Number);
    const scale = colour.startsWith("color(") ? 255 : 1;
    return [...numbers.slice(0, 3).map((number) => number * scale), numbers[3] ?? 1];
  };
  const over = (top, bottom) => [0, 1, 2].map((i) => top[i] * top[3] + bottom[i] * (1 - top[3])).concat(1);
  const luminance = (colour) => {
    const [red, green, blue] = colour.slice(0, 3).map((part) => {
      const value = part / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ratio = (element, colour) => {
    const layers = [];
    let opacity = 1;
    for (let parent = element; parent; parent = parent.parentElement) {
      const style = getComputedStyle(parent);
      opacity *= Number(style.opacity);
      if (!layers.length || layers.at(-1)[3] < 1) layers.push(parse(style.backgroundColor));
    }
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const ground = layers.reverse().reduce((below, layer) => over(layer, below), dark ? [18, 18, 18, 1] : [255, 255, 255, 1]);
    const ink = parse(colour);
    ink[3] *= opacity;
    const [light, shade] = [luminance(over(ink, ground)), luminance(ground)].sort((a, b) => b - a);
    return (light + 0.05) / (shade + 0.05);
  };
  const contrast = () => {
    const found = new Set();
    document.getAnimations().forEach((animation) => animation.finish()); // colours may be on their way
    const look = (element, colour, what) => {
      const value = ratio(element, colour);
      if (value < 4.5) found.add(`${value.toFixed(2)}: ${short(element)} ${what}`);
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement;
      if (!walker.currentNode.data.trim() || element.matches("script, style, option") || !visible(element)) continue;
      if (element.closest(".hidden-text, .visually-hidden, .skip, :disabled")) continue;
      look(element, getComputedStyle(element).color, "");
    }
    for (const field of all("input:not([type=hidden], [type=checkbox], [type=radio]), textarea, select").filter(visible)) {
      look(field, getComputedStyle(field).color, "typed");
      if (field.placeholder) look(field, getComputedStyle(field, "::placeholder").color, "placeholder");
    }
    return [...found];
  };

  // What makes the page wider than the window; what scrolls in a box of its own does not.
  const spilt = () =>
    all(".card > table")
      .filter((table) => visible(table) && getComputedStyle(table.parentElement).overflowX === "visible")
      .filter((table) => table.getBoundingClientRect().right > table.parentElement.getBoundingClientRect().right + 1)
      .map((table) => `out of its card: ${short(table)}`);

  const width = () => [...spilt(), ...beyond()];

  const beyond = () => {
    if (document.documentElement.scrollWidth <= innerWidth) return [];
    const boxed = (element) => element.parentElement && (getComputedStyle(element.parentElement).overflowX !== "visible" || boxed(element.parentElement));
    const wide = all("body *").filter((element) => visible(element) && element.getBoundingClientRect().right > innerWidth + 1 && !boxed(element));
    return [`${document.documentElement.scrollWidth} wide`, ...wide.slice(0, 6).map(short)];
  };

  return { structure, focus, contrast, width };
})();
