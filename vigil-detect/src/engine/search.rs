//! One search through a text and through what it says when it is decoded: stretch by stretch, so
//! that every pass but the first finds the text in the processor's cache.

use std::ops::Range;

use super::{Decoded, Engine, Hit, LeftOut, verify::verify};
use crate::{
    assign::{self, Names},
    decode::{self, Decoder, Layer, Seen},
    finder::Found,
    personal,
    shape::Candidate,
    skip,
};

/// Bytes that all passes look at in turn.
const STRETCH: usize = 16 << 10;
/// The longest key that a service's name alone makes one.
const LONGEST_KEY: usize = 160;
/// What stands so near to a cut in a decoded part of a text is left to the search of the whole.
const EDGE: usize = 256;

/// A search and what it found so far.
pub(super) struct Search<'e> {
    engine: &'e Engine,
    /// Everything, in the order that decides between equals.
    pub(super) hits: Vec<Hit>,
    /// Bytes that verification looked at.
    pub(super) work: usize,
    /// What it did not look into.
    pub(super) left_out: LeftOut,
}

/// What is found in one text, by kind.
#[derive(Default)]
struct Level {
    /// By a form of their own.
    formed: Vec<Hit>,
    /// By their name.
    named: Vec<Hit>,
    numbers: Vec<Hit>,
    /// In what the text says in another form, and what is kept wherever it stands.
    within: Vec<Hit>,
}

impl<'e> Search<'e> {
    pub(super) const fn new(engine: &'e Engine) -> Self {
        let left_out = LeftOut { nested: 0, compressed: 0 };
        Self { engine, hits: Vec::new(), work: 0, left_out }
    }

    /// Adds what stands in `text`, and in what it says when it is decoded.
    pub(super) fn through(&mut self, text: &str, depth: u8) {
        let mut level = Level::default();
        let (mut names, mut number) = (Names::default(), 0);
        let mut seen = Seen::default();
        if let Some(custom) = &self.engine.custom {
            self.work += custom.each(text, &self.engine.key, |rule, place| {
                // A canary is known letter by letter: nothing around it makes it something else.
                let hits = match rule.group {
                    "canary" => &mut level.within,
                    _ => &mut level.named,
                };
                hits.push(Hit::of(rule, place));
            });
        }
        let mut start = 0;
        while start < text.len() {
            let starts = start..text.len().min(start + STRETCH);
            start = starts.end;
            self.stretch(text, &starts, &mut level, &mut names);
            self.work += personal::each(text.as_bytes(), &starts, &mut number, |found| {
                level.numbers.push(Hit::of(found.rule, found.place));
            });
            let engine = self.engine;
            let (within, named) = (&mut level.within, &mut level.named);
            let layer = |layer: &decode::Layer| self.inside(layer, depth, within);
            let mut work = 0;
            engine.decoder.look(text, &starts, &mut seen, layer, |run| {
                work += run.len();
                if run.len() <= LONGEST_KEY && assign::introduces(text.as_bytes(), &run) {
                    named.push(Hit::of(assign::KEY, run));
                }
            });
            self.work += work;
        }
        self.work += personal::lists(text.as_bytes(), |found, first| {
            // One list is told of once.
            level.numbers.push(Hit { alert: first, ..Hit::of(found.rule, found.place) });
        });
        Decoder::rest(text, &seen, |layer| {
            self.inside(layer, depth, &mut level.within);
        });
        self.work += names.work;
        self.left_out.compressed += seen.compressed();
        self.keep(text, level);
    }

    fn stretch(&mut self, text: &str, starts: &Range<usize>, level: &mut Level, names: &mut Names) {
        let bytes = text.as_bytes();
        self.engine.finder.each(bytes, starts, |found, place| match found {
            Found::Anchor(rules) => {
                let mut candidate = Candidate { text: bytes, anchor: place, work: 0 };
                let verified = rules.iter().filter_map(|rule| verify(rule, &mut candidate));
                level.formed.extend(verified);
                self.work += candidate.work;
            }
            Found::Word => names.at(text, &place, |found| {
                let hit = Hit::of(found.rule, found.place);
                level.named.push(Hit { alert: found.alert, ..hit });
            }),
        });
    }

    fn inside(&mut self, layer: &Layer, depth: u8, within: &mut Vec<Hit>) {
        if depth == decode::DEEPEST {
            self.left_out.nested += layer.text.len();
            return;
        }
        self.work += layer.text.len();
        let outer = std::mem::take(&mut self.hits);
        self.through(&layer.text, depth + 1);
        let found = std::mem::replace(&mut self.hits, outer);
        let whole = found.into_iter().filter(|hit| !layer.cuts(&(hit.start..hit.end), EDGE));
        within.extend(whole.filter_map(|hit| outwards(layer, hit)));
    }

    /// Takes over what was found, but for what stands where no secret does.
    fn keep(&mut self, text: &str, level: Level) {
        let Level { formed, mut named, numbers, within } = level;
        named.extend(numbers);
        if !named.is_empty() {
            let mut masks = skip::Masks::new(text);
            named.sort_by_key(|hit| hit.start);
            named.retain(|hit| !masks.touch(&(hit.start..hit.end)));
        }
        let first = self.hits.len();
        self.hits.extend(formed);
        self.hits.extend(named);
        if self.hits.len() > first {
            let mut opaque = skip::Opaque::new(text);
            let mut found = self.hits.split_off(first);
            found.sort_by_key(|hit| hit.start);
            self.hits
                .extend(found.into_iter().filter(|hit| !opaque.touches(&(hit.start..hit.end))));
        }
        self.hits.extend(within);
    }
}

/// The hit in a decoded text, as one in the text it was decoded from.
fn outwards(layer: &Layer, mut hit: Hit) -> Option<Hit> {
    let place = hit.start..hit.end;
    let mut decoded = match hit.decoded.take() {
        Some(decoded) => decoded,
        None => Box::new(Decoded {
            value: layer.text.get(place.clone())?.to_owned(),
            pieces: vec![place],
        }),
    };
    decoded.pieces = decoded.pieces.iter().flat_map(|piece| layer.sources(piece)).collect();
    hit.start = decoded.pieces.first()?.start;
    hit.end = decoded.pieces.last()?.end;
    hit.decoded = Some(decoded);
    Some(hit)
}
