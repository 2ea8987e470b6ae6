// How the entities of two models relate: the same, another type, other bounds, or on one side only.

export const SIGNS = { agree: "", type: "≠", bounds: "↔", only: "◆" };

// For each entity of both sides its relation and its closest partner. `start`, `end`, `type`.
export function relate(ours, theirs) {
  return [pair(ours, theirs), pair(theirs, ours)];
}

function pair(ours, theirs) {
  let first = 0;
  return ours.map((own) => {
    while (first < theirs.length && theirs[first].end <= own.start) first += 1;
    let best = null;
    for (let i = first; i < theirs.length && theirs[i].start < own.end; i += 1) {
      const rank = closeness(own, theirs[i]);
      if (best === null || rank > best.rank) best = { rank, other: theirs[i] };
    }
    return { relation: name(own, best?.other ?? null), other: best?.other ?? null };
  });
}

function closeness(own, other) {
  const shared = Math.min(own.end, other.end) - Math.max(own.start, other.start);
  const same = own.start === other.start && own.end === other.end;
  return (same ? 1e9 : 0) + (own.type === other.type ? 1e8 : 0) + shared;
}

function name(own, other) {
  if (other === null) return "only";
  const same = own.start === other.start && own.end === other.end;
  if (!same) return "bounds";
  return own.type === other.type ? "agree" : "type";
}

// Counts for a legend: agreements and differences seen from both sides.
export function tally(mine, yours) {
  const of = (side, relation) => side.filter((each) => each.relation === relation).length;
  return {
    agree: of(mine, "agree"),
    type: of(mine, "type"),
    bounds: Math.max(of(mine, "bounds"), of(yours, "bounds")),
    onlyA: of(mine, "only"),
    onlyB: of(yours, "only"),
  };
}
