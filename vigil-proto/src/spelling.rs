//! What somebody may have meant who misspelled a word. Pure.

/// The word of `known` that is at most two edits away from `word`; of several the nearest.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distances = known.into_iter().map(|known| (edits(word, known), known));
    distances.filter(|(distance, _)| *distance <= MOST).min().map(|(_, known)| known)
}

/// Words that are further apart are different words.
const MOST: usize = 2;

/// Levenshtein distance in characters.
fn edits(a: &str, b: &str) -> usize {
    if a.len().abs_diff(b.len()) > MOST * 4 {
        return usize::MAX;
    }
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(&b) {
            let up = *cell;
            let best = (diagonal + usize::from(x != *y)).min(up + 1).min(left + 1);
            diagonal = up;
            left = best;
            *cell = best;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests;
