//! Names as their registry takes them: two spellings of one package become one, and letters that
//! only look like others become these.

use std::borrow::Cow;

/// Longer names are compared with nothing: no registry has any.
const LONGEST: usize = 214;

/// What separates the words of a name, in any registry.
pub(super) const fn is_separator(byte: u8) -> bool {
    matches!(byte, b'-' | b'_' | b'.' | b'/' | b'@')
}

/// `name` as `ecosystem` knows it, without extras, tags and spellings that mean the same.
pub fn normal(ecosystem: &str, name: &str) -> String {
    let name = name.trim();
    match ecosystem {
        "pypi" => {
            let end = name.find(['[', ';', ' ', '<', '>', '=', '!', '~']).unwrap_or(name.len());
            folded(name.get(..end).unwrap_or(name), |c| matches!(c, '-' | '_' | '.'))
        }
        "crates.io" => name.to_ascii_lowercase().replace('_', "-"),
        "docker" => image(name),
        "go" => {
            let path = name.split('@').next().unwrap_or(name);
            path.trim_end_matches("/...").trim_end_matches('/').to_ascii_lowercase()
        }
        _ => name.to_lowercase(),
    }
}

/// Lower case, every run of separators one hyphen.
fn folded(name: &str, separates: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(name.len());
    let mut separated = false;
    for c in name.chars() {
        if separates(c) {
            separated = true;
            continue;
        }
        if separated {
            out.push('-');
            separated = false;
        }
        out.extend(c.to_lowercase());
    }
    if separated {
        out.push('-');
    }
    out
}

/// An image without registry, namespace of the official ones, tag and digest.
fn image(name: &str) -> String {
    let name = name.split('@').next().unwrap_or(name);
    let mut name = name.to_ascii_lowercase();
    for usual in ["index.docker.io/", "docker.io/", "library/"] {
        if let Some(rest) = name.strip_prefix(usual) {
            name = rest.to_owned();
        }
    }
    let tag = name.rfind(':').filter(|at| !name.get(*at..).is_some_and(|end| end.contains('/')));
    if let Some(at) = tag {
        name.truncate(at);
    }
    name
}

/// Without separators.
pub(super) fn squeezed(name: &str) -> String {
    name.bytes().filter(|byte| !is_separator(*byte)).map(char::from).collect()
}

/// The words of a name.
pub(super) fn words(name: &str) -> impl DoubleEndedIterator<Item = &str> {
    name.split(|c: char| u8::try_from(c).is_ok_and(is_separator)).filter(|word| !word.is_empty())
}

/// True for what may be a name at all: a variable, a mask or a pattern is not compared.
pub(super) fn is_comparable(name: &str) -> bool {
    let is_part =
        |byte: u8| byte.is_ascii_alphanumeric() || is_separator(byte) || b"+:~!".contains(&byte);
    (1..=LONGEST).contains(&name.len()) && name.bytes().all(is_part)
}

/// False for what no registry takes as a name.
pub(super) fn is_name(ecosystem: &str, name: &str) -> bool {
    let is_long = matches!(ecosystem, "npm" | "pypi" | "crates.io") && name.len() > LONGEST;
    !is_long && !name.chars().any(char::is_control)
}

/// The same name in Latin letters, where letters of other alphabets look like them; none where
/// every letter is plain already.
pub(super) fn plain(name: &str) -> Option<String> {
    if name.is_ascii() {
        return None;
    }
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        match plain_letter(c) {
            Cow::Borrowed(text) => out.push_str(text),
            Cow::Owned(text) => out.push_str(&text),
        }
    }
    Some(out.to_ascii_lowercase())
}

/// What a letter passes for. Wide forms are found by their place, accents by the letter below.
fn plain_letter(c: char) -> Cow<'static, str> {
    Cow::Borrowed(match c {
        'а' | 'α' | 'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' | 'ɑ' => "a",
        'Ь' | 'ь' | 'ƅ' => "b",
        'с' | 'ϲ' | 'ç' | 'ć' | 'č' => "c",
        'ԁ' | 'ď' | 'đ' => "d",
        'е' | 'ё' | 'є' | 'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ė' | 'ę' | 'ε' => "e",
        'ғ' => "f",
        'ɡ' | 'ğ' | 'ģ' => "g",
        'һ' | 'н' | 'ħ' => "h",
        'і' | 'ї' | 'ı' | 'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ι' => "i",
        'ј' => "j",
        'к' | 'κ' | 'ķ' => "k",
        'ӏ' | 'ǀ' | 'ł' | 'ļ' | 'ľ' => "l",
        'м' => "m",
        'ո' | 'ñ' | 'ń' | 'ň' | 'η' => "n",
        'о' | 'ο' | 'σ' | 'օ' | 'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' => "o",
        'р' | 'ρ' => "p",
        'ԛ' => "q",
        'г' | 'ř' => "r",
        'ѕ' | 'ś' | 'š' | 'ş' | 'ș' => "s",
        'т' | 'τ' | 'ť' | 'ț' => "t",
        'υ' | 'ս' | 'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' => "u",
        'ѵ' | 'ν' => "v",
        'ԝ' | 'ω' | 'ѡ' => "w",
        'х' | 'χ' => "x",
        'у' | 'γ' | 'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        'ß' => "ss",
        '\u{2010}'..='\u{2015}' | '\u{2212}' => "-",
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => "",
        '\u{ff01}'..='\u{ff5e}' => {
            let ascii = u32::from(c).saturating_sub(0xfee0);
            return Cow::Owned(char::from_u32(ascii).unwrap_or(c).to_string());
        }
        _ => return Cow::Owned(c.to_string()),
    })
}
