"use strict";
// Data, language, and how numbers are written. No other file reads the texts directly.

const DATA = JSON.parse(document.getElementById("data").textContent);
const ROWS = DATA.rows;
const HAN = /\p{Script=Han}/u;

const speech = { language: DATA.start };

function t(key, values = {}) {
  const text = DATA.texts[speech.language][key];
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function locale() {
  return speech.language === "zh" ? "zh-Hans" : "en";
}

function count(n) {
  return n.toLocaleString("en");
}

// Multiples of the average: ×0.42, ×3.1, ×12, ×1,240
function times(value) {
  const digits = value < 1 ? 2 : value < 9.95 ? 1 : 0;
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function share(value) {
  if (value > 0.999) return "> 99.9%";
  if (value < 0.001) return "< 0.1%";
  const digits = value > 0.99 || value < 0.01 ? 1 : 0;
  return `${(100 * value).toFixed(digits)}%`;
}

function word(probability) {
  const found = DATA.certainty.find(([, least]) => probability >= least);
  return t(`script.${found ? found[0] : "unlikely"}`);
}

// Element with text, class and attributes; text is never parsed as HTML.
function make(tag, options = {}, ...children) {
  const element = document.createElement(tag);
  const { text, ...attributes } = options;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  element.append(...children);
  return element;
}

// A name from the data: its own language, whatever the page speaks.
function named(tag, text, style) {
  const options = { text, class: style };
  if (HAN.test(text)) options.lang = "zh-Hans";
  return make(tag, options);
}
