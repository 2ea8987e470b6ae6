// The view in the address, after the `#`: browsers keep that part to themselves, so a text that is
// shared by link is not written into anybody's server log on the way.

const LONGEST = 6000;

export function readLink() {
  const stored = new URLSearchParams(location.hash.slice(1));
  return {
    tab: stored.get("tab"),
    text: stored.get("text"),
    gold: stored.get("gold"),
    models: stored.getAll("model"),
    lowercase: stored.get("lower") === "1",
    ignoreTypes: stored.get("ignore") === "1",
    onlyDifferences: stored.get("differ") === "1",
    best: stored.get("best") === "1",
    confidence: Math.min(100, Math.max(0, Number.parseInt(stored.get("min") ?? "0", 10) || 0)),
    hidden: stored.getAll("hide"),
  };
}

// Returns whether the text fitted in.
export function writeLink(view) {
  const stored = new URLSearchParams();
  if (view.tab !== "text") stored.set("tab", view.tab);
  const fits = view.text.length + view.gold.length <= LONGEST;
  if (view.text && fits) stored.set("text", view.text);
  if (view.gold && fits) stored.set("gold", view.gold);
  for (const model of view.models) stored.append("model", model);
  if (view.lowercase) stored.set("lower", "1");
  if (view.ignoreTypes) stored.set("ignore", "1");
  if (view.onlyDifferences) stored.set("differ", "1");
  if (view.best) stored.set("best", "1");
  if (view.confidence) stored.set("min", String(view.confidence));
  for (const type of view.hidden) stored.append("hide", type);
  const hash = stored.toString();
  history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
  return fits;
}
