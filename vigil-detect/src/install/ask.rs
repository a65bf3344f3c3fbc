//! What the words of a call ask for, and how it is told.

use std::borrow::Cow;

use vigil_proto::package::{Package, PackageSource};

use super::{
    expand::Arg,
    flow::Flow,
    options::{Does, Said},
    run::{Place, Run, add_place},
    spec::{self, Item, Spec},
    tables::{Act, NEEDED},
};

/// What a call asks for.
#[derive(Default)]
pub(super) struct Ask<'c> {
    pub(super) items: Vec<(Kind, Arg<'c>)>,
    pub(super) index: Option<(&'static str, String)>,
    pub(super) flags: Vec<&'static str>,
    pub(super) version: Option<String>,
    pub(super) git: Option<String>,
    pub(super) revision: Option<String>,
    pub(super) file: Option<String>,
    pub(super) url: Option<String>,
    pub(super) commands: Vec<Arg<'c>>,
    pub(super) entry: Option<Arg<'c>>,
    pub(super) instead: bool,
    pub(super) needed: bool,
    pub(super) never: bool,
    pub(super) dry: bool,
    /// True when it installs what the project lists as well.
    pub(super) lists: bool,
    pub(super) spec: Option<(Spec, &'static str)>,
}

/// What an operand or value is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Package,
    Manifest,
    Editable,
    Url,
}

impl<'c> Ask<'c> {
    pub(super) fn option(&mut self, said: Said<'c>) {
        let text = said.value.as_ref().map(|value| value.text.clone().into_owned());
        match (said.does, said.value) {
            (Does::Flag(NEEDED), _) => self.needed = true,
            (Does::Flag(flag), value) => {
                // `--no-verify=false` says no.
                if value.as_ref().is_none_or(|value| value.text != "false") {
                    self.flag(flag);
                }
                if let (Some(value), "tap") = (value, flag) {
                    self.items.push((Kind::Package, value));
                    self.spec = Some((spec::tap, ""));
                }
            }
            (Does::FlagIf(word, flag), Some(value)) if value.text.contains(word) => self.flag(flag),
            (Does::Index(flag), _) => {
                self.flag(flag);
                self.index = text.map(|text| (flag, text)).or(self.index.take());
            }
            (Does::Manifest, Some(value)) => self.items.push((Kind::Manifest, value)),
            (Does::Editable, Some(value)) => self.items.push((Kind::Editable, value)),
            (Does::Package | Does::Instead, Some(value)) => {
                self.instead |= said.does == Does::Instead;
                if value.text.contains(',') && !value.text.contains(['[', '<', '>', '=', '{']) {
                    for part in value.text.split(',').filter(|part| !part.is_empty()) {
                        self.items.push((
                            Kind::Package,
                            Arg { text: part.to_owned().into(), ..value.clone() },
                        ));
                    }
                } else {
                    self.items.push((Kind::Package, value));
                }
            }
            (Does::Version, _) => self.version = text.or(self.version.take()),
            (Does::Git, _) => self.git = text,
            (Does::Revision, _) => self.revision = text,
            (Does::File, _) => self.file = text,
            (Does::Url, Some(value)) => {
                self.url = text;
                self.items.push((Kind::Url, value));
            }
            (Does::Never, value) => self.never |= value.is_none_or(|value| value.text != "false"),
            (Does::DryRun, _) => self.dry = true,
            (Does::Lists, _) => self.lists = true,
            (Does::Commands, Some(value)) => self.commands.push(value),
            (_, value) if said.option == "--entrypoint" => self.entry = value,
            _ => {}
        }
    }

    pub(super) fn flag(&mut self, flag: &'static str) {
        if !self.flags.contains(&flag) {
            self.flags.push(flag);
        }
    }
}

/// How packages are told of.
pub(super) struct Telling {
    pub(super) manager: &'static str,
    pub(super) ecosystem: &'static str,
    pub(super) spec: Spec,
    pub(super) place: Place,
    /// What it reads.
    pub(super) input: Option<Flow>,
    /// The command as it stands.
    pub(super) text: String,
}

/// The operands that are packages.
pub(super) fn packages<'c>(act: Act, mut all: Vec<Arg<'c>>, ask: &mut Ask<'c>) -> Vec<Arg<'c>> {
    match act {
        Act::Add
        | Act::AddOrListed
        | Act::AddAs(..)
        | Act::If
        | Act::Image
        | Act::Create
        | Act::Shells
        | Act::Tools => {}
        Act::Exec => {
            if ask.instead {
                all.clear();
            }
        }
        Act::After(skip) => drop(all.drain(..skip.min(all.len()))),
        Act::First => all.truncate(1),
        Act::Versioned => {
            ask.version =
                all.get(1).map(|arg| arg.text.clone().into_owned()).or(ask.version.take());
            all.truncate(1);
        }
        Act::Pairs => {
            let mut pairs: Vec<Arg<'c>> = Vec::new();
            for arg in all {
                match pairs.last_mut() {
                    Some(last)
                        if !arg.text.contains('/')
                            && !last.text.contains([':', '='])
                            && arg.known =>
                    {
                        last.text = format!("{}:{}", last.text, arg.text).into();
                    }
                    _ => pairs.push(arg),
                }
            }
            return pairs;
        }
        Act::Project => {
            ask.version = all.get(2).map(|arg| arg.text.clone().into_owned());
            all.truncate(1);
        }
        Act::Chart => {
            if all.len() > 1 {
                all.truncate(2);
                all.remove(0);
            }
        }
        Act::Tap | Act::Plugin => {
            let url = all.get(1).map(|arg| arg.text.clone().into_owned());
            ask.url = url;
            all.truncate(1);
        }
        Act::Remote => {
            let remote = all.len() > 1 && all.first().is_some_and(|arg| !arg.text.contains('.'));
            if remote {
                ask.index = Some(("", all.remove(0).text.into_owned()));
            }
        }
        Act::Description => {
            let last = all.pop();
            all.clear();
            all.extend(last);
        }
        Act::Hex => {
            let source = all.first().map(|arg| arg.text.clone().into_owned()).unwrap_or_default();
            match source.as_str() {
                "hex" => {
                    ask.version = all.get(2).map(|arg| arg.text.clone().into_owned());
                    all.remove(0);
                    all.truncate(1);
                }
                "github" | "git" => {
                    ask.git = all.get(1).map(|arg| arg.text.clone().into_owned());
                    all.clear();
                }
                _ => {}
            }
        }
        _ => all.clear(),
    }
    all
}

impl Run {
    /// Tells of the packages that were asked for.
    pub(super) fn tell(&mut self, ask: &Ask<'_>, act: Act, telling: &Telling) {
        let mut named = false;
        if ask.lists {
            self.out.hide("manifest", &telling.text);
        }
        for (kind, arg) in &ask.items {
            let item = match kind {
                Kind::Package => spec::resolved(telling.spec, arg),
                Kind::Manifest => Some(if arg.hides(&arg.text) {
                    Item { url: None, ..Item::at(PackageSource::Manifest, "") }.flagged("dynamic")
                } else {
                    Item::at(PackageSource::Manifest, &arg.text)
                }),
                Kind::Editable => spec::resolved(telling.spec, arg)
                    .map(|item| match item.source {
                        PackageSource::Registry => Item::at(PackageSource::File, &arg.text),
                        _ => item,
                    })
                    .map(|item| item.flagged("editable")),
                Kind::Url => Some(Item::at(PackageSource::Url, &arg.text)),
            };
            let Some(mut item) = item else { continue };
            if item.source == PackageSource::Manifest {
                self.listed(arg, ask, telling);
            } else if item.source == PackageSource::File
                && let Some(flow) = item.url.as_deref().and_then(|url| self.saved(url))
                && let Some(url) = flow.urls.first()
            {
                // What was fetched just before.
                item.source = PackageSource::Url;
                item.url = Some(url.clone());
            }
            if let Act::Tap | Act::Plugin = act {
                item.url = ask.url.clone().or(item.url);
            }
            if let Act::Plugin = act {
                item.source = PackageSource::Git;
                item.flags.clear();
            }
            if *kind == Kind::Package && item.source == PackageSource::Registry {
                named = true;
                elsewhere(&mut item, ask);
            }
            if item.version.is_none()
                && item.source != PackageSource::Manifest
                && item.source != PackageSource::Unresolved
            {
                item.version.clone_from(&ask.version);
            }
            self.tell_one(item, ask, telling);
        }
        // An address or folder alone.
        if !named && !matches!(act, Act::Exec) && (ask.git.is_some() || ask.file.is_some()) {
            let mut item = Item::at(PackageSource::File, "");
            elsewhere(&mut item, ask);
            self.tell_one(item, ask, telling);
        }
    }

    /// Tells of what a list of packages says, where that is known.
    fn listed(&mut self, arg: &Arg<'_>, ask: &Ask<'_>, telling: &Telling) {
        let flow = match (&arg.flow, arg.text.as_ref()) {
            (Some(flow), _) => Some((**flow).clone()),
            (None, "-" | "/dev/stdin") => telling.input.clone(),
            (None, name) => self.saved(name).cloned(),
        };
        let flow = flow.unwrap_or_default();
        let known = matches!(telling.ecosystem, "pypi" | "conda") && !flow.is_fetched();
        let Some(text) = flow.text.filter(|text| known && self.spend(text.len())) else {
            self.out.hide("manifest", &telling.text);
            return;
        };
        let spec = if telling.ecosystem == "conda" { telling.spec } else { spec::pypi };
        for line in text.lines().take(1000) {
            let line = line.split(" #").next().unwrap_or_default().trim();
            let line = line.trim_end_matches('\\').trim_end();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if line.starts_with("-r") || line.starts_with("--requirement") {
                self.out.hide("manifest", &telling.text);
            }
            let editable = line.strip_prefix("-e ").or_else(|| line.strip_prefix("--editable "));
            let line = editable.unwrap_or(line).trim();
            let line = line.split(" --").next().unwrap_or_default().trim();
            if line.starts_with('-') {
                continue;
            }
            if let Some(item) = spec(&Arg::plain(line)) {
                self.tell_one(item, ask, telling);
            }
        }
    }

    fn tell_one(&mut self, mut item: Item, ask: &Ask<'_>, telling: &Telling) {
        if item.source == PackageSource::Registry
            && let Some((_, url)) = &ask.index
        {
            item.source = PackageSource::Index;
            item.url = Some(url.clone());
        }
        let mut flags: Vec<Cow<'static, str>> = Vec::new();
        for flag in item.flags.iter().chain(&ask.flags) {
            if !flags.iter().any(|known| known == flag) {
                flags.push((*flag).into());
            }
        }
        add_place(&mut flags, telling.place);
        self.out.add(Package {
            manager: telling.manager.into(),
            ecosystem: item.ecosystem.unwrap_or(telling.ecosystem).into(),
            name: item.name,
            version: item.version,
            source: item.source,
            url: item.url,
            flags,
        });
    }
}

/// The repository, folder or address that options name instead of the registry.
fn elsewhere(item: &mut Item, ask: &Ask<'_>) {
    if let Some(git) = &ask.git {
        item.source = PackageSource::Git;
        item.url = Some(git.clone());
        item.version = ask.revision.clone().or(item.version.take());
    } else if let Some(file) = &ask.file {
        item.source = PackageSource::File;
        item.url = Some(file.clone());
    }
}
