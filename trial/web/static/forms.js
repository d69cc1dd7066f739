// What scripts add to a form: questions appear as soon as they are asked, one keystroke says why an answer is
// missing. Without them the same page works: a save shows what is asked next, and letters are typed.

const form = document.querySelector("form[data-form]");
if (form) {
  for (const one of document.querySelectorAll("[data-scripted]")) one.hidden = false;
  form.addEventListener("input", () => show(form));
  form.addEventListener("keydown", press);
  show(form);
}

// Each question in the order of the page: an answer counts only where its own question is asked.
function show(form) {
  const codes = JSON.parse(form.dataset.codes);
  const answers = new Map();
  for (const question of form.querySelectorAll("[data-path]")) {
    const conditions = question.dataset.when ? JSON.parse(question.dataset.when) : [];
    question.hidden = !conditions.every((one) => holds(one, answers.get(one.path), codes));
    if (!question.hidden) answers.set(question.dataset.path, answer(question, codes));
  }
  for (const section of form.querySelectorAll("[data-section]")) {
    section.hidden = !section.querySelector("[data-path]:not([hidden])");
  }
}

// The answer that stands in the boxes of a question, as the server would read it; empty where there is none.
function answer(question, codes) {
  const missing = question.querySelector("[data-missing]");
  if (missing && missing.value) return codes[missing.value];
  const boxes = [...question.querySelectorAll("input, textarea, select")].filter((one) => one !== missing);
  const chosen = boxes.filter((one) => !["radio", "checkbox"].includes(one.type) || one.checked);
  const text = chosen.map((one) => one.value.trim()).join(" ").trim();
  const lettered = boxes.some((one) => "letters" in one.dataset);
  return lettered && codes[text.toUpperCase()] ? codes[text.toUpperCase()] : text;
}

function holds(condition, answer, codes) {
  if (!answer) return false;
  const missing = Object.values(codes).includes(answer);
  if (condition.equals) {
    const said = missing ? [answer] : [answer, ...answer.split(" ")];
    return said.some((one) => condition.equals.includes(one.toLowerCase()) || condition.equals.includes(one));
  }
  if (missing) return false;
  if (condition.least === undefined && condition.most === undefined) return true;
  const value = Number(answer.replace("£", "").replaceAll(",", ""));
  if (Number.isNaN(value)) return false;
  const above = condition.least === undefined || value >= Number(condition.least);
  return above && (condition.most === undefined || value <= Number(condition.most));
}

function press(event) {
  const question = event.target.closest("[data-path]");
  if (!question) return;
  const letter = event.code.startsWith("Key") ? event.code.slice(3) : "";
  if (event.altKey && event.shiftKey && letter in JSON.parse(form.dataset.codes)) {
    event.preventDefault();
    if (say(question, letter)) show(form);
  } else if (["Delete", "Backspace"].includes(event.key) && event.target.type === "radio") {
    event.preventDefault();
    for (const one of question.querySelectorAll("input[type=radio]")) one.checked = false;
    show(form);
  }
}

// Puts a reserved code where the question keeps it: a radio, a choice, or a letter in the box.
function say(question, letter) {
  const radio = question.querySelector(`input[data-letter="${letter}"]`);
  const listed = question.querySelector(`option[data-letter="${letter}"]`);
  const missing = question.querySelector("[data-missing]");
  const box = question.querySelector("[data-letters]");
  if (radio) {
    radio.checked = true;
    radio.focus();
  } else if (listed) {
    listed.selected = true;
  } else if (missing) {
    for (const one of question.querySelectorAll("input[type=text], textarea")) one.value = "";
    for (const one of question.querySelectorAll("input[type=checkbox]")) one.checked = false;
    missing.value = letter;
  } else if (box) {
    for (const one of question.querySelectorAll("input")) one.value = "";
    box.value = letter;
  }
  return Boolean(radio || listed || missing || box);
}
