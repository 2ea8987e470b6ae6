// What the page knows, in one place; panels listen for what concerns them.

export const state = {
  demo: null, // what the server offers
  tab: "text",
  models: [], // chosen
  lowercase: false,
  confidence: 0, // percent
  hidden: new Set(), // types that are switched off
  ignoreTypes: false,
  onlyDifferences: false,
  best: false, // tell the likeliest types of each word
};

const listeners = new Map();

export function on(event, listener) {
  listeners.set(event, [...(listeners.get(event) ?? []), listener]);
}

// Events: `models` (another choice), `filters` (another view of what is there), `link`.
export function tell(event) {
  for (const listener of listeners.get(event) ?? []) listener();
}

export function passes(entity) {
  return 100 * entity.score >= state.confidence && !state.hidden.has(entity.entity_group);
}
