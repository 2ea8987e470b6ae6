// A sentence while it is worked on: its entities, what is chosen in it, and the way back.
// Nothing here knows the page. An entity is [start, end, type] over words [start, end).

export class Sentence {
  constructor(shown, draft = null) {
    Object.assign(this, shown);
    this.scores = new Map(shown.entities.map(([start, end, type, score]) => [`${start} ${end} ${type}`, score]));
    this.came = shown.entities.map(([start, end, type]) => [start, end, type]);
    this.entities = draft ?? this.came;
    this.past = [];
    this.future = [];
    const first = this.entities[0];
    this.choose(first ? first[0] : 0, first ? first[1] - 1 : 0);
  }

  get length() {
    return this.words.length;
  }
  // Words [from, to) that are chosen; `anchor` stays where it is while `focus` moves.
  get from() {
    return Math.min(this.anchor, this.focus);
  }
  get to() {
    return Math.max(this.anchor, this.focus) + 1;
  }
  get changed() {
    return JSON.stringify(this.entities) !== JSON.stringify(this.came);
  }
  // The entity that is chosen: exactly its words are.
  get chosen() {
    return this.entities.find(([start, end]) => start === this.from && end === this.to) ?? null;
  }

  entityAt(word) {
    return this.entities.find(([start, end]) => start <= word && word < end) ?? null;
  }
  scoreOf([start, end, type]) {
    return this.scores.get(`${start} ${end} ${type}`) ?? null;
  }
  text(start, end) {
    return this.words.slice(start, end).map((word, i) => word + (start + i + 1 < end ? this.gaps[start + i] : "")).join("");
  }

  choose(anchor, focus = anchor) {
    const inside = (word) => Math.min(Math.max(word, 0), this.length - 1);
    this.anchor = inside(anchor);
    this.focus = inside(focus);
  }
  // Word by word; an entity is one step.
  walk(step) {
    const here = this.chosen;
    const next = step > 0 ? (here ? here[1] : this.focus + 1) : (here ? here[0] : this.focus) - 1;
    if (next < 0 || next >= this.length) return;
    this.chooseAt(next);
  }
  chooseAt(word) {
    const entity = this.entityAt(word);
    if (entity) this.choose(entity[0], entity[1] - 1);
    else this.choose(word);
  }
  jump(step) {
    const all = step > 0 ? this.entities : [...this.entities].reverse();
    const next = all.find(([start]) => (step > 0 ? start > this.from : start < this.from));
    if (next) this.choose(next[0], next[1] - 1);
    return Boolean(next);
  }

  // Longer or shorter: the bounds of the entity that is chosen, or else of what is.
  move(side, step) {
    const from = this.from + (side === "start" ? step : 0);
    const to = this.to + (side === "end" ? step : 0);
    return this.setBounds(from, to);
  }
  setBounds(from, to) {
    if (from < 0 || to > this.length || from >= to) return false;
    const entity = this.chosen;
    if (entity) this.change(this.with(from, to, entity[2], entity));
    this.choose(from, to - 1);
    return true;
  }
  mark(type) {
    this.change(this.with(this.from, this.to, type, this.chosen));
  }
  // What touches the chosen words is no entity any more.
  remove() {
    const kept = this.entities.filter(([start, end]) => end <= this.from || this.to <= start);
    if (kept.length === this.entities.length) return false;
    this.change(kept);
    return true;
  }
  with(from, to, type, instead) {
    const others = this.entities.filter((each) => each !== instead && (each[1] <= from || to <= each[0]));
    return [...others, [from, to, type]].sort((a, b) => a[0] - b[0]);
  }
  // The same words elsewhere in the sentence: of the same type, or none.
  everywhere(type) {
    const wanted = this.words.slice(this.from, this.to);
    let all = this.entities;
    let found = 0;
    for (let at = 0; at + wanted.length <= this.length; at += 1) {
      if (!wanted.every((word, i) => word === this.words[at + i])) continue;
      const end = at + wanted.length;
      all = all.filter(([start, stop]) => (type === null ? start !== at || stop !== end : stop <= at || end <= start));
      if (type !== null) all = [...all, [at, end, type]];
      found += 1;
      at = end - 1;
    }
    this.change(all.sort((a, b) => a[0] - b[0]), { words: wanted, type });
    return { words: wanted, found };
  }

  // `said` is what the server was told along with a change, to be taken back with it.
  change(entities, said = null) {
    this.past.push({ entities: this.entities, said, at: [this.anchor, this.focus] });
    this.future = [];
    this.entities = entities;
  }
  undo() {
    return this.swap(this.past, this.future);
  }
  redo() {
    return this.swap(this.future, this.past);
  }
  swap(source, target) {
    const step = source.pop();
    if (!step) return null;
    target.push({ entities: this.entities, said: step.said, at: [this.anchor, this.focus] });
    this.entities = step.entities;
    this.choose(...step.at);
    return step;
  }
}
