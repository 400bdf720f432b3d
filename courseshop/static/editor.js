// The editors of courses: the outline as rows, and buttons for Markdown. Without this file, both are
// plain text areas, and their text is what the form submits in any case.
"use strict";

// --- Outline ---------------------------------------------------------------------------------

const MINUTES = /^(?<title>.*)\|\s*(?<minutes>\d+)$/;

// The text has lines "# Section", and below each its lessons as "Lesson | 10". A backslash escapes a
// title that starts with "#" (see courseshop/schemas/form_text.py).
function parseOutline(text) {
  const sections = [];
  for (const line of text.split("\n").map((one) => one.trim()).filter(Boolean)) {
    if (line.startsWith("#")) {
      sections.push({ title: line.replace(/^#+\s*/, ""), lessons: [] });
      continue;
    }
    if (!sections.length) sections.push({ title: "", lessons: [] });
    const { title, minutes } = MINUTES.exec(line)?.groups ?? { title: line, minutes: "" };
    sections.at(-1).lessons.push({ title: title.replace(/^\\/, "").trim(), minutes });
  }
  return sections;
}

function outlineText(list) {
  const lines = [];
  for (const section of list.children) {
    lines.push(`# ${section.querySelector("[data-title]").value.trim()}`);
    for (const row of section.querySelectorAll("[data-lesson]")) {
      const title = row.querySelector("[data-title]").value.trim();
      const minutes = row.querySelector("[data-minutes]").value || 0;
      if (title) lines.push(`${/^[#\\]/.test(title) ? "\\" : ""}${title} | ${minutes}`);
    }
  }
  return lines.filter((line) => line !== "# ").join("\n");
}

class OutlineEditor {
  constructor(field) {
    this.field = field;
    this.block = document.getElementById("outline-editor").content.cloneNode(true).firstElementChild;
    this.list = this.block.querySelector("[data-sections]");
    this.said = this.block.querySelector("[aria-live]");
    for (const section of parseOutline(field.value)) this.addSection(section);
    this.block.addEventListener("click", ({ target }) => this.press(target.closest("[data-do]")));
    this.block.addEventListener("input", () => this.store());
    this.block.addEventListener("keydown", (event) => this.pressKey(event));
    this.dragRows();
    field.after(this.block);
    field.hidden = true;
    field.required = false;
    document.querySelector(`label[for="${field.id}"]`)?.removeAttribute("for");
    // The hint is about the text; what is wrong with it stays.
    document.querySelector(`.hint#about-${field.name}`)?.setAttribute("hidden", "");
  }

  make(id) {
    return document.getElementById(id).content.cloneNode(true).firstElementChild;
  }

  addSection({ title, lessons } = { title: "", lessons: [] }) {
    const section = this.make("outline-section");
    section.querySelector("[data-title]").value = title;
    this.list.append(section);
    for (const lesson of lessons) this.addLesson(section, lesson);
    return section;
  }

  addLesson(section, { title, minutes } = { title: "", minutes: "" }) {
    const row = this.make("outline-lesson");
    row.querySelector("[data-title]").value = title;
    row.querySelector("[data-minutes]").value = minutes;
    section.querySelector("[data-lessons]").append(row);
    return row;
  }

  // Write the rows into the text area, which is what the form submits.
  store() {
    this.field.value = outlineText(this.list);
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  press(button) {
    if (!button) return;
    const row = button.closest("[data-lesson]") ?? button.closest("[data-section]");
    const action = button.dataset.do;
    if (action === "add-section") this.addSection().querySelector("input").focus();
    if (action === "add-lesson") this.addLesson(row).querySelector("input").focus();
    if (action === "up" || action === "down") this.move(row, action === "up" ? -1 : 1, button);
    if (action === "remove") this.remove(row);
    this.store();
  }

  // Alt and an arrow key move the row of the focused field.
  pressKey(event) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (event.key === "Enter" && event.target.matches("input")) event.preventDefault();
    if (!event.altKey || !step) return;
    event.preventDefault();
    this.move(event.target.closest("[data-lesson]") ?? event.target.closest("[data-section]"), step, event.target);
    this.store();
  }

  // Move a row by one place; a lesson at the end of its section moves into the next section.
  move(row, step, focused) {
    const sibling = step < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (sibling) sibling[step < 0 ? "before" : "after"](row);
    else if (row.matches("[data-lesson]")) this.moveToSection(row, step);
    focused.focus();
    const title = row.querySelector("[data-title]").value;
    const position = [...row.parentElement.children].indexOf(row) + 1;
    this.said.textContent = this.block.dataset.moved
      .replace("${title}", title)
      .replace("${position}", position)
      .replace("${most}", row.parentElement.children.length);
  }

  moveToSection(row, step) {
    const section = row.closest("[data-section]");
    const other = step < 0 ? section.previousElementSibling : section.nextElementSibling;
    other?.querySelector("[data-lessons]")[step < 0 ? "append" : "prepend"](row);
  }

  remove(row) {
    const lessons = row.querySelectorAll("[data-lesson]").length;
    if (lessons && !confirm(this.block.dataset.sure)) return;
    const next = row.nextElementSibling ?? row.previousElementSibling ?? this.block;
    row.remove();
    (next.querySelector("input") ?? this.block.querySelector("[data-do=add-section]")).focus();
  }

  dragRows() {
    let dragged = null;
    this.block.addEventListener("pointerdown", ({ target }) => {
      const row = target.closest(".grip")?.closest("[data-lesson]");
      if (row) row.draggable = true;
    });
    this.block.addEventListener("dragstart", ({ target }) => (dragged = target));
    this.block.addEventListener("dragover", (event) => {
      const over = event.target.closest("[data-lesson], [data-lessons]");
      if (!dragged || !over || over === dragged) return;
      event.preventDefault();
      if (over.matches("[data-lessons]")) return over.contains(dragged) || over.append(dragged);
      const { top, height } = over.getBoundingClientRect();
      over[event.clientY < top + height / 2 ? "before" : "after"](dragged);
    });
    this.block.addEventListener("dragend", () => {
      dragged.draggable = false;
      dragged = null;
      this.store();
    });
  }
}

// --- Markdown --------------------------------------------------------------------------------

// What a button puts around the selected text, or before each selected line.
const AROUND = { bold: ["**", "**"], italic: ["*", "*"], link: ["[", "](https://)"] };
const BEFORE = { heading: "## ", list: "- " };

function mark(field, kind) {
  const { selectionStart: start, selectionEnd: end, value } = field;
  if (AROUND[kind]) {
    const [before, after] = AROUND[kind];
    field.setRangeText(before + value.slice(start, end) + after, start, end, "end");
    if (start === end) field.setSelectionRange(start + before.length, start + before.length);
  } else {
    const first = value.lastIndexOf("\n", start - 1) + 1;
    const lines = value.slice(first, end).split("\n").map((line) => BEFORE[kind] + line);
    field.setRangeText(lines.join("\n"), first, end, "end");
  }
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

function addMarkdownTools(field) {
  const tools = document.getElementById("markdown-tools").content.cloneNode(true).firstElementChild;
  tools.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-mark]");
    if (button) mark(field, button.dataset.mark);
  });
  field.addEventListener("keydown", (event) => {
    const kind = { b: "bold", i: "italic", k: "link" }[event.key];
    if (!kind || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    mark(field, kind);
  });
  field.before(tools);
}

for (const field of document.querySelectorAll("textarea[data-outline]")) new OutlineEditor(field);
for (const field of document.querySelectorAll("textarea[data-markdown]")) addMarkdownTools(field);
