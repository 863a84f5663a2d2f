// Every page works without this file; it only makes some of them nicer.
"use strict";

// Selection tables: <form data-selection="whose"> (the user's number) with a [data-select-all] box, boxes named "selection", and optionally a box
// named "all" (data-total: how many that is), [data-selection-count] (text), [data-select-none] (a button) and
// [data-needs-selection] (buttons disabled while none is ticked).
// What is ticked is kept in this tab, for each list and filter, until it was acted upon: it survives the next page and
// Back. What is kept is what is shown, counted and sent.
function selectionKey(form) {
  const filters = new URLSearchParams([...new URLSearchParams(location.search)].filter(([, value]) => value));
  filters.delete("page");
  filters.delete("tri");
  filters.sort();
  return `selection ${form.dataset.selection} ${location.pathname}?${filters}`;
}

function keptSelection(form) {
  const { all = false, ticked = [] } = JSON.parse(sessionStorage.getItem(selectionKey(form)) ?? "{}");
  return { all, ticked: new Set(ticked) };
}

function keepSelection(form, { all, ticked }) {
  if (all || ticked.size) sessionStorage.setItem(selectionKey(form), JSON.stringify({ all, ticked: [...ticked] }));
  else sessionStorage.removeItem(selectionKey(form));
}

function selectionBoxes(form) {
  return [...form.querySelectorAll('input[type="checkbox"][name="selection"]')];
}

function showSelection(form) {
  const boxes = selectionBoxes(form);
  const everybody = form.querySelector('input[name="all"]');
  const kept = keptSelection(form);
  if (kept.all && !everybody) {
    // The list has become so short that this page shows all of it.
    keepSelection(form, { all: false, ticked: new Set(boxes.map((box) => box.value)) });
    return showSelection(form);
  }
  boxes.forEach((box) => { box.checked = kept.all || kept.ticked.has(box.value); });
  if (everybody) everybody.checked = kept.all;
  const here = new Set(boxes.map((box) => box.value));
  const elsewhere = kept.all ? [] : [...kept.ticked].filter((pk) => !here.has(pk));
  form.querySelectorAll("[data-elsewhere]").forEach((field) => field.remove());
  if (elsewhere.length) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: "selection", value: elsewhere.join(",") });
    field.dataset.elsewhere = "";
    form.append(field);
  }
  const count = kept.all ? Number(everybody.dataset.total) : kept.ticked.size;
  const tickedHere = boxes.filter((box) => box.checked).length;
  form.querySelectorAll("[data-select-all]").forEach((all) => {
    all.checked = boxes.length > 0 && tickedHere === boxes.length;
    all.indeterminate = tickedHere > 0 && tickedHere < boxes.length;
  });
  form.querySelectorAll("[data-selection-count]").forEach((place) => {
    const lines = count < 2 ? `${count} coché` : `${count} cochés`;
    place.textContent = elsewhere.length ? `${lines}, dont ${elsewhere.length} hors de cette page` : lines;
  });
  form.toggleAttribute("data-ticked", count > 0);
  form.querySelectorAll("[data-select-none]").forEach((button) => { button.hidden = count === 0; });
  form.querySelectorAll("[data-needs-selection]").forEach((button) => { button.disabled = count === 0; });
}

function showAllSelections() {
  const done = document.querySelector("[data-selection-done]");
  // A page that comes out of the browser's cache tells of what was done before.
  if (done && performance.getEntriesByType("navigation")[0]?.type !== "back_forward") {
    Object.keys(sessionStorage).filter((key) => key.startsWith("selection ")).forEach((key) => sessionStorage.removeItem(key));
  }
  done?.removeAttribute("data-selection-done");
  document.querySelectorAll("[data-selection]").forEach(showSelection);
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-selection]");
  if (!form || !event.target.matches('[data-select-all], [name="selection"], [name="all"]')) return;
  const kept = keptSelection(form);
  if (event.target.name === "all") {
    kept.all = event.target.checked;
  } else {
    const boxes = selectionBoxes(form);
    if (event.target.matches("[data-select-all]")) boxes.forEach((box) => { box.checked = event.target.checked; });
    // “Toute la liste” without one of its lines is not the whole list: what stays is what is ticked here.
    kept.all = false;
    boxes.forEach((box) => (box.checked ? kept.ticked.add(box.value) : kept.ticked.delete(box.value)));
  }
  keepSelection(form, kept);
  showSelection(form);
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-select-none]");
  if (!button) return;
  const form = button.closest("[data-selection]");
  keepSelection(form, { all: false, ticked: new Set() });
  showSelection(form);
});
document.addEventListener("DOMContentLoaded", showAllSelections);
document.addEventListener("htmx:afterSettle", showAllSelections);
document.addEventListener("htmx:historyRestore", showAllSelections);
// Coming back to the page: the browser restores ticked boxes after everything else.
window.addEventListener("pageshow", showAllSelections);

// Menus (<details class="ed-menu">) close on Escape and on a click elsewhere.
document.addEventListener("click", (event) => {
  document.querySelectorAll("details.ed-menu[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.querySelectorAll("details.ed-menu[open]").forEach((menu) => {
    menu.open = false;
    menu.querySelector("summary").focus();
  });
});

// On a narrow screen tabs scroll: begin where the active one can be seen.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll(".ed-tabs").forEach((tabs) => {
    const active = tabs.querySelector("[aria-current]");
    if (active) tabs.scrollLeft = active.offsetLeft - tabs.offsetLeft - 40;
  });
});

// A form that must not be sent twice: <form data-once>. Its buttons rest once it is on its way (after the
// event, so that the pressed button's own value is still sent) and wake up if one comes back to the page.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]")) return;
  setTimeout(() => {
    if (!event.defaultPrevented) form.querySelectorAll("button").forEach((button) => { button.disabled = true; });
  });
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("[data-once] button").forEach((button) => { button.disabled = false; });
});

// <button data-print> prints the page.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

// Passwords can be shown while they are typed.
document.querySelectorAll("input[type=password]").forEach((input) => {
  const group = document.createElement("div");
  const button = document.createElement("button");
  group.className = "input-group has-validation";
  button.className = "btn btn-quiet";
  button.type = "button";
  const label = () => {
    const hidden = input.type === "password";
    button.textContent = hidden ? "Afficher" : "Masquer";
    button.setAttribute("aria-label", hidden ? "Afficher le mot de passe" : "Masquer le mot de passe");
  };
  button.setAttribute("aria-controls", input.id);
  button.addEventListener("click", () => {
    input.type = input.type === "password" ? "text" : "password";
    label();
  });
  // Sent as a password whatever is shown, so that browsers neither store nor suggest it as plain text.
  input.form?.addEventListener("submit", () => { input.type = "password"; });
  input.replaceWith(group);
  group.append(input, button);
  // Bootstrap shows what is wrong only beside its field.
  group.parentElement.querySelectorAll(":scope > .invalid-feedback").forEach((sentence) => group.append(sentence));
  label();
});

// A list sorted after its filter form was drawn keeps its order when the filter changes.
document.addEventListener("htmx:configRequest", (event) => {
  if (!event.target.matches(".ed-filters")) return;
  const sort = new URLSearchParams(location.search).get("tri");
  if (sort) event.detail.parameters.tri = sort;
});

// What htmx shows anew is told in one sentence (its [data-announce]) by the page's own live region: reading a whole
// table again at each letter of a search would say too much. The focus stays where its element's id is found
// again; where that is gone, it goes to the results instead of the top of the page.
document.addEventListener("htmx:afterSettle", (event) => {
  const results = event.detail.target;
  if (!results?.matches("#results")) return;
  const place = document.getElementById("announcement");
  const sentence = (results.querySelector("[data-announce]")?.textContent ?? "").trim().replace(/\s+/g, " ");
  if (place.textContent !== sentence) place.textContent = sentence;
  if (document.activeElement === document.body && event.detail.requestConfig?.triggeringEvent?.type === "click") {
    results.tabIndex = -1;
    results.focus({ preventScroll: true });
  }
});

// “Tout afficher” is there as soon as something narrows the list.
document.addEventListener("htmx:pushedIntoHistory", () => {
  const narrowed = [...new URLSearchParams(location.search)].some(([name, value]) => value && name !== "tri");
  document.querySelectorAll("[data-show-all]").forEach((link) => { link.hidden = !narrowed; });
});

// French keeps ; : ! ? % and the inside of « » on the line of their words.
function keepTogether(root) {
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    if (!/ [;:!?%»]|« /.test(text.data)) continue;
    if (text.parentElement.closest("code, pre, script, style, textarea, .typed-value")) continue;
    text.data = text.data.replace(/ (?=[;:!?%»])/g, "\u00a0").replace(/« /g, "«\u00a0");
  }
}
document.addEventListener("DOMContentLoaded", () => keepTogether(document.body));
document.addEventListener("htmx:load", (event) => keepTogether(event.detail.elt));

// The theme: the user's choice is kept in a cookie, which the server reads.
document.querySelectorAll("[data-theme-switch]").forEach((button) => { button.hidden = false; });
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-theme-switch]")) return;
  const theme = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
  document.documentElement.dataset.bsTheme = theme;
  document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
});

// The drop zone is the file field itself; it shows that it hears, and the name and size of what was chosen.
document.querySelectorAll("[data-drop]").forEach((zone) => {
  const input = zone.querySelector("input[type=file]");
  const show = () => {
    const [file] = input.files;
    if (!file) return;
    const size = file.size < 1e6 ? `${Math.ceil(file.size / 1e3)} Ko` : `${(file.size / 1e6).toFixed(1).replace(".", ",")} Mo`;
    zone.querySelector("[data-drop-name]").textContent = `${file.name} · ${size}`;
  };
  input.addEventListener("change", show);
  ["dragenter", "dragover"].forEach((name) => zone.addEventListener(name, () => zone.classList.add("over")));
  ["dragleave", "drop"].forEach((name) => zone.addEventListener(name, () => zone.classList.remove("over")));
  show();
});

// Ctrl+K: the search across the school, in the rail or on its own page.
document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  const field = document.getElementById("school-search");
  if (!field) return;
  event.preventDefault();
  if (field.offsetParent) field.focus();
  else location.assign(field.form.action);
});
