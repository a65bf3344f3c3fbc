//! `vigil check-package`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum, builder::NonEmptyStringValueParser};

#[derive(Debug, ClapArgs)]
pub(crate) struct CheckPackage {
    /// Packages, as NAME or NAME@VERSION
    #[arg(
        value_name = "NAME",
        value_parser = NonEmptyStringValueParser::new(),
        required_unless_present = "jsonl_in",
        conflicts_with = "jsonl_in"
    )]
    pub(crate) names: Vec<String>,
    /// Whose names these are: npm, pypi, crates.io, go, rubygems, packagist, nuget, docker, vscode
    #[arg(long, short, default_value = "npm", value_name = "ECOSYSTEM")]
    pub(crate) ecosystem: String,
    /// Take {"ecosystem","name","version"?} records, one a line (-: stdin)
    #[arg(long, value_name = "FILE")]
    pub(crate) jsonl_in: Option<PathBuf>,
    /// How to print; text by itself, jsonl with --jsonl-in
    #[arg(long, value_enum)]
    pub(crate) format: Option<CheckFormat>,
    /// Exit with 1 when one is high or worse
    #[arg(long)]
    pub(crate) exit_code: bool,
}

/// How a check is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// For people
    Text,
    /// One document
    Json,
    /// One record a line
    Jsonl,
}
