//! Prints the documents of the local API as TypeScript declarations, for the dashboard's type
//! check. `cargo xtask types` keeps them in the repository, and the tests compare them.

#![expect(clippy::print_stdout, reason = "the declarations are this program's output")]

use ts_rs::{Config, TS, TypeVisitor};
use vigil_proto::{intel, report, vault, view};

/// Gathers declarations, each type once, what a type leans on before it.
struct Declarations {
    config: Config,
    seen: Vec<String>,
    text: String,
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        self.add::<T>();
    }
}

impl Declarations {
    fn add<T: TS + 'static + ?Sized>(&mut self) {
        // Types without a name of their own, such as numbers, lists and options, need no line.
        if T::output_path().is_none() {
            return T::visit_generics(self);
        }
        let name = T::ident(&self.config);
        if self.seen.contains(&name) {
            return T::visit_generics(self);
        }
        self.seen.push(name);
        T::visit_dependencies(self);
        T::visit_generics(self);
        if let Some(docs) = T::docs() {
            self.text.push_str(docs.trim_end());
            self.text.push('\n');
        }
        self.text.push_str("export ");
        self.text.push_str(&T::decl(&self.config));
        self.text.push_str("\n\n");
    }
}

fn main() {
    let mut all = Declarations {
        config: Config::new().with_large_int("number"),
        seen: Vec::new(),
        text: "// The documents of the local API. Made by `cargo xtask types`; do not edit.\n\n"
            .to_owned(),
    };
    all.add::<report::Status>();
    all.add::<report::SearchResults>();
    all.add::<view::Facets>();
    all.add::<view::SessionQuery>();
    all.add::<view::SessionPage>();
    all.add::<view::SessionView>();
    all.add::<view::EventView>();
    all.add::<view::ProcessQuery>();
    all.add::<view::ProcessPage>();
    all.add::<view::Excerpts>();
    all.add::<view::FindingQuery>();
    all.add::<view::FindingPage>();
    all.add::<view::FindingView>();
    all.add::<view::TriageOrder>();
    all.add::<view::TriageDone>();
    all.add::<vault::VaultStatus>();
    all.add::<intel::IntelReport>();
    all.add::<view::InstallQuery>();
    all.add::<view::InstallPage>();
    all.add::<view::Suppressions>();
    all.add::<view::SuppressOrder>();
    all.add::<view::Suppressed>();
    all.add::<view::UnsuppressOrder>();
    all.add::<view::Unsuppressed>();
    all.add::<view::FeedQuery>();
    all.add::<view::Feed>();
    all.add::<view::Density>();
    all.add::<view::AnalyticsQuery>();
    all.add::<view::Analytics>();
    all.add::<view::Machine>();
    all.add::<view::Digest>();
    print!("{}\n", all.text.trim_end());
}
