use vigil_proto::package::PackageSource;

use super::{added, is_manifest, locked, named};

/// Name and version of each, with a blank between them.
fn told(path: &str, text: &str) -> Vec<String> {
    words(named(path, text))
}

fn words(packages: Vec<vigil_proto::package::Package<String>>) -> Vec<String> {
    packages
        .into_iter()
        .map(|package| {
            let name = package.name.or(package.url).unwrap_or_default();
            format!("{name} {}", package.version.unwrap_or_default()).trim().to_owned()
        })
        .collect()
}

#[test]
fn a_package_json_lists_what_its_sections_list() {
    let text = r#"{
        "name": "shop", "version": "1.0.0",
        "scripts": { "build": "tsc", "latest": "1.2.3" },
        "engines": { "node": ">=18" },
        "dependencies": { "left-pad": "^1.3.0", "@scope/x": "2", "old": "npm:new@3.1.0" },
        "devDependencies": { "fork": "github:me/fork", "own": "workspace:*", "h": "https://x.test/h.tgz" }
    }"#;

    assert_eq!(
        told("/a/package.json", text),
        ["left-pad ^1.3.0", "@scope/x 2", "new 3.1.0", "fork", "h"]
    );
    let sources: Vec<_> =
        named("package.json", text).into_iter().map(|package| package.source).collect();
    assert_eq!(sources.get(3..), Some(&[PackageSource::Git, PackageSource::Url][..]));
}

#[test]
fn a_piece_of_a_package_json_says_what_it_can() {
    let old = "    \"version\": \"1.0.0\",\n    \"a\": \"^1.0.0\"";
    let new = "    \"version\": \"1.0.1\",\n    \"a\": \"^1.0.0\",\n    \"b\": \"~2.0.0\",\n    \"test\": \"jest\"";

    assert_eq!(words(added("package.json", old, new)), ["b ~2.0.0"]);
}

#[test]
fn requirements_are_read_with_their_options() {
    let text = "# names\nrequests==2.31.0 # pinned\nflask[async]>=2 ; python_version > '3'\n\
                -r other.txt\n-e git+https://x.test/y.git#egg=y\nz @ https://x.test/z.whl\n./here\n";

    assert_eq!(told("requirements-dev.txt", text), ["requests 2.31.0", "flask >=2", "y", "z"]);
    let indexed = named("requirements.txt", "-i https://mirror.test/simple\nx\n");
    assert_eq!(indexed[0].source, PackageSource::Index);
    assert_eq!(indexed[0].url.as_deref(), Some("https://mirror.test/simple"));
}

#[test]
fn a_pyproject_lists_in_lists_and_tables() {
    let text = "[build-system]\nrequires = [\"hatchling\"]\n[project]\nname = \"me\"\n\
                dependencies = [\n  \"httpx[http2]>=0.27\",\n  'rich',\n]\n\
                [project.optional-dependencies]\ndev = [\"pytest\"]\n\
                [tool.poetry.dependencies]\npython = \"^3.12\"\npydantic = \"^2\"\n\
                [tool.ruff]\nline-length = \"100\"\n";

    assert_eq!(
        told("pyproject.toml", text),
        ["pydantic ^2", "hatchling", "httpx >=0.27", "rich", "pytest"]
    );
    assert_eq!(told("pyproject.toml", "    \"httpx>=1\",\n    \"rich\",\n"), ["httpx >=1", "rich"]);
}

#[test]
fn a_cargo_toml_lists_what_comes_from_elsewhere() {
    let text = "[package]\nname = \"me\"\nversion = \"0.1.0\"\n[dependencies]\nserde = \"1\"\n\
                own = { path = \"../own\" }\nshared.workspace = true\n\
                renamed = { version = \"2\", package = \"real\" }\n[dev-dependencies.big]\n\
                version = \"3\"\n[profile.release]\nlto = \"1\"\n";

    assert_eq!(told("Cargo.toml", text), ["serde 1", "real 2", "big 3"]);
}

#[test]
fn go_and_ruby_list_one_a_line() {
    let go = "module example.test/me\n\ngo 1.24\n\nrequire (\n\tgolang.org/x/net v0.30.0\n\tx.test/y v1.0.0 // indirect\n)\n";
    let gem = "source 'https://gems.test'\ngem 'rails', '~> 8'\ngem \"mine\", git: \"https://x.test/m\"\n";

    assert_eq!(told("go.mod", go), ["golang.org/x/net v0.30.0", "x.test/y v1.0.0"]);
    assert_eq!(told("Gemfile", gem), ["rails ~> 8", "mine"]);
    let composer = r#"{"require":{"php":">=8","monolog/monolog":"^3"}}"#;
    assert_eq!(told("composer.json", composer), ["monolog/monolog ^3"]);
}

#[test]
fn lock_files_name_everything() {
    for (name, text, expected) in [
        (
            "package-lock.json",
            r#"{"packages":{"":{"version":"0"},"node_modules/a":{"version":"1.0.0"},"node_modules/a/node_modules/@s/b":{"version":"2.0.0"}}}"#,
            &["@s/b 2.0.0", "a 1.0.0"][..],
        ),
        (
            "yarn.lock",
            "\"@s/b@^2\", \"@s/b@^2.1\":\n  version \"2.1.0\"\na@^1:\n  version \"1.0.0\"\n",
            &["@s/b 2.1.0", "a 1.0.0"],
        ),
        (
            "pnpm-lock.yaml",
            "packages:\n\n  '@s/b@2.0.0':\n    resolution: {}\n  /a@1.0.0(c@1):\n    dev: true\n",
            &["@s/b 2.0.0", "a 1.0.0"],
        ),
        (
            "Cargo.lock",
            "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n",
            &["a 1.0.0"],
        ),
        ("uv.lock", "version = 1\n[[package]]\nname = \"a\"\nversion = \"1\"\n", &["a 1"]),
        ("go.sum", "x.test/a v1.0.0 h1:x=\nx.test/a v1.0.0/go.mod h1:y=\n", &["x.test/a v1.0.0"]),
        ("Gemfile.lock", "GEM\n  specs:\n    a (1.0)\n      b (~> 2)\n", &["a 1.0"]),
        ("composer.lock", r#"{"packages":[{"name":"v/a","version":"1.0"}]}"#, &["v/a 1.0"]),
    ] {
        assert_eq!(words(locked(name, text)), expected, "{name}");
    }
}

#[test]
fn other_files_are_no_manifests() {
    for path in ["package.json.bak", "requirements.md", "a/b", "", "README"] {
        assert!(!is_manifest(path), "{path}");
        assert!(named(path, "requests==1").is_empty());
    }
}

#[test]
fn pieces_of_anything_are_read_without_harm() {
    for text in
        ["", "\"", "{\"", "[", "]]]", "\"a\":", "=", "[dependencies", "@", "\\", "{\"a\":{\"b"]
    {
        for path in super::NAMES {
            let _ = named(path, text);
        }
        for name in super::LOCKS {
            let _ = locked(name, text);
        }
    }
}
