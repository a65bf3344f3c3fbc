//! Numbers as people read them, on the terminal and on the page: thin grouping for tokens, dollars with their doubt, bytes.

/// `n` with a narrow no-break space between groups of three digits.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut grouped = String::with_capacity(digits.len() * 2);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

/// `n` in at most three digits and a unit: `999`, `1.2k`, `35k`, `2.1B`, rounded to the nearest.
pub fn short(n: u64) -> String {
    const UNITS: [(u128, &str); 4] =
        [(1, ""), (1_000, "k"), (1_000_000, "M"), (1_000_000_000, "B")];
    let n = u128::from(n);
    let unit = UNITS.into_iter().find(|(size, _)| (n + size / 2) / size < 1000);
    let (size, word) = unit.unwrap_or((1_000_000_000, "B"));
    let tenths = (n * 10 + size / 2) / size;
    if size == 1 || tenths >= 100 {
        let whole = (n + size / 2) / size;
        format!("{}{word}", count(u64::try_from(whole).unwrap_or(u64::MAX)))
    } else {
        format!("{}.{}{word}", tenths / 10, tenths % 10)
    }
}

/// Dollars, and whether that is an estimate. Nothing is not a price: it means that no cost is
/// known.
pub fn cost(usd: f64, estimated: bool) -> String {
    if usd == 0.0 {
        return "-".to_owned();
    }
    let mark = if estimated { " estimated" } else { "" };
    if usd > 0.0 && usd < 0.0001 {
        return format!("<$0.0001{mark}");
    }
    if usd < 1.0 {
        return format!("${usd:.4}{mark}");
    }
    let amount = format!("{usd:.2}");
    match amount.split_once('.').and_then(|(whole, rest)| Some((whole.parse().ok()?, rest))) {
        Some((whole, rest)) => format!("${}.{rest}{mark}", count(whole)),
        None => format!("${amount}{mark}"),
    }
}

/// Bytes in binary units with one decimal.
pub fn bytes(n: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if n < 1024 {
        return format!("{n} B");
    }
    // Tenths of the unit, in integers: no rounding surprises at the borders.
    let mut tenths = u128::from(n) * 10 / 1024;
    let mut unit = 0;
    while tenths >= 10 * 1024 && unit + 1 < UNITS.len() {
        tenths /= 1024;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS.get(unit).copied().unwrap_or("TiB"))
}

#[cfg(test)]
mod tests;
