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

/// Dollars, and whether that is an estimate. Nothing is not a price: it means that no cost is
/// known.
pub fn cost(usd: f64, estimated: bool) -> String {
    if usd == 0.0 {
        return "-".to_owned();
    }
    let digits = if usd >= 1.0 { 2 } else { 4 };
    let mark = if estimated { " estimated" } else { "" };
    format!("${usd:.digits$}{mark}")
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
