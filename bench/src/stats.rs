//! Few numbers, summed up: medians and ranges, and pairs of one round. No means: one disturbed
//! round must not move a figure.

/// Numbers of several rounds in short.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Summary {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
    pub(crate) n: usize,
}

impl Summary {
    /// None of nothing. Numbers that are none are left out.
    pub(crate) fn of(numbers: &[f64]) -> Option<Self> {
        let sorted = sorted(numbers);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        Some(Self { median: middle(&sorted)?, min, max, n: sorted.len() })
    }
}

/// The middle one; of an even number the mean of both.
pub(crate) fn median(numbers: &[f64]) -> Option<f64> {
    middle(&sorted(numbers))
}

fn sorted(numbers: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = numbers.iter().copied().filter(|n| n.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    sorted
}

fn middle(sorted: &[f64]) -> Option<f64> {
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *sorted.get(sorted.len() / 2 - 1)?;
    Some(f64::midpoint(lower, upper))
}

#[cfg(test)]
mod tests;
