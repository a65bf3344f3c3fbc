//! The package programs of other languages.

use super::{
    Act::{
        self, Add, AddOrListed, Command, Exec, First, Listed, Nothing, Pairs, Project, Verbs,
        Versioned,
    },
    Does::{Flag, FlagIf, Git, Index, Instead, Manifest, Never, Package, Revision, Version},
    Program, flagged, is, val, verb, with,
};
use crate::install::{
    options::{Does, Opt},
    registries,
    spec::{
        at_version, coloned, composer, conan, dashed, gem, go, opam, plain, repository, template,
        vcpkg,
    },
};

const CARGO: &[Opt] = &[
    with("--version --vers", Version),
    with("--git", Git),
    with("--branch --tag --rev", Revision),
    with("--path", Does::File),
    with("--registry --index", Index("registry")),
    is("-f --force", Flag("force")),
    is("--list -n --dry-run -h --help -V", Never),
    val(
        "--root -F --features --bin --example --target --target-dir --profile -j --jobs --config -Z --color --message-format",
    ),
    val(
        "--manifest-path -p --package --rename --lockfile-path -C --base --strategies --disable-strategies --pkg-url --pkg-fmt",
    ),
    val(
        "--bin-dir --install-path --rate-limit --log-level --maximum-resolution-timeout --github-token",
    ),
    is("--dev --optional --build --no-default-features --default-features", Does::Nothing),
];
const GO: &[Opt] = &[
    val(
        "-tags -ldflags -gcflags -asmflags -mod -modfile -overlay -p -o -exec -C -buildmode -compiler -pgo -toolexec -installsuffix -pkgdir -covermode -coverpkg",
    ),
    is("-insecure", Flag("no-verify")),
    is("-n -h -help", Never),
];
const GEM: &[Opt] = &[
    with("-v --version", Version),
    with("-s --source", Index("registry")),
    with("-g --file", Manifest),
    is("--user-install", Flag("user")),
    is("--pre --prerelease", Flag("pre")),
    is("-f --force", Flag("force")),
    is("--explain -h --help", Never),
    val(
        "-i --install-dir -n --bindir --platform --document --build-root --without -P --trust-policy -p --http-proxy -B --bulk-threshold",
    ),
    val("--config-file --norc --ruby"),
    with("--gem", Instead),
];
const COMPOSER: &[Opt] = &[
    with("--repository --repository-url", Index("registry")),
    is("--dry-run -h --help -V --version", Never),
    is("--disable-tls", Flag("no-verify")),
    val(
        "-d --working-dir -s --stability --prefer-install --ignore-platform-req --apcu-autoloader-prefix --audit-format --bump-after-update",
    ),
];
const DOTNET_PACKAGE: &[Opt] = &[
    with("-v --version", Version),
    with("-s --source", Index("registry")),
    is("--prerelease", Flag("pre")),
    val("-f --framework --package-directory --project"),
];
const DOTNET_TOOL: &[Opt] = &[
    with("--version -v", Version),
    with("--add-source --source", Index("registry")),
    with("--configfile", Flag("userconfig")),
    is("-g --global", Flag("global")),
    is("--prerelease", Flag("pre")),
    val("--tool-path --tool-manifest --framework -a --arch --verbosity"),
];
const NUGET: &[Opt] = &[
    with("-Version -version", Version),
    with("-Source -source", Index("registry")),
    with("-ConfigFile -configfile", Flag("userconfig")),
    is("-Prerelease -prerelease -IncludePrerelease", Flag("pre")),
    is("-Help -help -h -WhatIf", Never),
    val(
        "-OutputDirectory -outputdirectory -Framework -PackageSaveMode -SolutionDirectory -DependencyVersion -ProjectName -Verbosity -Project -Provider -ProviderName",
    ),
];

pub(super) const ALL: &[Program] = &[
    Program::new(
        "cargo",
        "crates.io",
        at_version,
        Verbs(&[
            flagged("install", Add, &[], &["global"]),
            flagged(
                "binstall quickinstall",
                Add,
                &[is("-y --no-confirm --force", Does::Nothing)],
                &["global"],
            ),
            verb("add", Add, &[]),
            verb("build b run r test t check c bench doc rustc clippy fetch", Listed, &[]),
        ]),
    )
    .with(CARGO),
    Program::new("cargo-binstall", "crates.io", at_version, Add).with(CARGO).called("cargo"),
    Program::new(
        "go",
        "go",
        go,
        Verbs(&[
            verb("get", Add, GO),
            flagged("install", Add, GO, &["global"]),
            verb("run", Exec, GO),
            verb(
                "mod",
                Verbs(&[
                    flagged("download", AddOrListed, &[], &["download"]),
                    verb("tidy vendor", Listed, &[]),
                ]),
                &[],
            ),
            verb("build test vet", Listed, &[]),
            verb("generate", Act::Hidden("script-file"), &[]),
        ]),
    )
    .long()
    .set_by(&[
        ("GOPROXY", Index("registry")),
        ("GONOSUMDB", Flag("no-verify")),
        ("GONOSUMCHECK", Flag("no-verify")),
        ("GOINSECURE", Flag("no-verify")),
        ("GONOSUM", Flag("no-verify")),
        ("GOSUMDB", FlagIf("off", "no-verify")),
        ("GOFLAGS", FlagIf("-insecure", "no-verify")),
    ]),
    Program::new(
        "coursier cs",
        "maven",
        at_version,
        Verbs(&[verb("install launch fetch bootstrap", Act::First, &[])]),
    ),
    Program::new("jbang", "maven", at_version, Exec),
    Program::new(
        "gem",
        "rubygems",
        gem,
        Verbs(&[
            verb("install i", Add, GEM),
            verb("update", AddOrListed, GEM),
            flagged("fetch", Add, GEM, &["download"]),
            verb("exec", Exec, GEM),
        ]),
    )
    .set_by(&[(registries::GEM, Index("registry"))]),
    Program::new(
        "bundle bundler",
        "rubygems",
        gem,
        Verbs(&[
            verb(
                "add",
                Add,
                &[
                    with("-v --version", Version),
                    with("-s --source", Index("registry")),
                    with("--git --github", Git),
                    with("--branch --ref --tag", Revision),
                    with("--path", Does::File),
                    val("-g --group -r --require --glob"),
                ],
            ),
            verb("install update package", Listed, &[]),
            verb("exec e", Command(0), &[is("--keep-file-descriptors", Does::Nothing)]),
        ]),
    )
    .called("bundle")
    .with(&[is("-h --help", Never), val("--gemfile --jobs -j --retry")])
    .alone(Listed),
    Program::new(
        "composer composer.phar",
        "packagist",
        composer,
        Verbs(&[
            verb("require req r", Pairs, COMPOSER),
            verb("update u upgrade", AddOrListed, COMPOSER),
            verb("create-project", Project, COMPOSER),
            verb("install i", Listed, COMPOSER),
            verb(
                "global",
                Verbs(&[flagged("require req r update", Pairs, COMPOSER, &["global"])]),
                COMPOSER,
            ),
            verb("exec", Command(0), COMPOSER),
            verb("run-script run", Act::Scripts, COMPOSER),
        ]),
    )
    .called("composer")
    .set_by(&[(registries::COMPOSER, Index("registry"))]),
    Program::new(
        "dotnet",
        "nuget",
        at_version,
        Verbs(&[
            verb("add", Act::Project2(&[verb("package", Add, DOTNET_PACKAGE)]), &[]),
            verb(
                "package",
                Verbs(&[
                    verb("add update", Add, DOTNET_PACKAGE),
                    flagged("download", Add, DOTNET_PACKAGE, &["download"]),
                ]),
                &[],
            ),
            verb(
                "tool",
                Verbs(&[
                    verb("install update", Add, DOTNET_TOOL),
                    verb("exec execute", Exec, DOTNET_TOOL),
                    verb("restore", Listed, &[]),
                ]),
                &[],
            ),
            verb(
                "new",
                Verbs(&[verb(
                    "install -i --install update",
                    Act::AddAs(template, "nuget"),
                    &[with("--add-source --nuget-source", Index("registry"))],
                )]),
                &[],
            ),
            verb("restore", Listed, &[]),
        ]),
    )
    .with(&[is("-h --help --version", Never)]),
    Program::new("dnx", "nuget", at_version, Exec).with(DOTNET_TOOL),
    Program::new(
        "nuget",
        "nuget",
        plain,
        Verbs(&[verb("install", AddOrListed, NUGET), verb("restore", Listed, NUGET)]),
    )
    .long(),
    Program::new("Install-Package", "nuget", plain, Add)
        .with(NUGET)
        .and(&[with("-Name -Id -name -id", Package), with("-RequiredVersion", Version)])
        .long(),
    Program::new("Install-Module Install-Script Install-PSResource", "powershell", plain, Add)
        .with(NUGET)
        .and(&[
            with("-Name -name", Package),
            with("-RequiredVersion -MinimumVersion -MaximumVersion", Version),
            with("-Repository", Index("registry")),
            is("-SkipPublisherCheck -TrustRepository", Flag("no-verify")),
            is("-Force", Flag("force")),
            is("-AllowPrerelease", Flag("pre")),
            val("-Scope"),
        ])
        .long(),
    Program::new(
        "paket",
        "nuget",
        plain,
        Verbs(&[verb(
            "add",
            Add,
            &[with("--version -V", Version), val("--project -p --group -g")],
        )]),
    ),
    Program::new(
        "luarocks",
        "luarocks",
        plain,
        Verbs(&[
            verb("install", Versioned, LUAROCKS),
            flagged("download", Versioned, LUAROCKS, &["download"]),
            verb("build", Versioned, LUAROCKS),
        ]),
    )
    .with(LUAROCKS),
    Program::new("cpan", "cpan", at_version, Add)
        .with(&[is("-h -v -l -L -D -O -C -a -g -G -x -X", Never), val("-j -M")]),
    Program::new("cpanm cpm", "cpan", at_version, Add).with(&[
        with("--mirror", Index("registry")),
        is("-h --help -V --version --info --look", Never),
        is("-f --force", Flag("force")),
        is("--installdeps", Does::Nothing),
        val("-l -L --local-lib --local-lib-contained --mirror-only --cpanfile --prompt --pp"),
    ]),
    Program::new(
        "mix",
        "hex",
        plain,
        Verbs(&[
            flagged("archive.install escript.install", Hex, HEX, &["global"]),
            verb("deps.get deps.update", Listed, &[]),
        ]),
    ),
    Program::new(
        "opam",
        "opam",
        opam,
        Verbs(&[
            verb("install reinstall upgrade", AddOrListed, OPAM),
            verb("exec", Command(0), OPAM),
        ]),
    )
    .with(OPAM),
    Program::new(
        "cabal",
        "hackage",
        dashed,
        Verbs(&[
            flagged(
                "install v2-install",
                Add,
                &[
                    val(
                        "--installdir --install-method --overwrite-policy -w --with-compiler --constraint -f --flags --index-state",
                    ),
                    is("--lib", Does::Nothing),
                    is("--dry-run --help", Never),
                ],
                &["global"],
            ),
            flagged("get unpack", Add, &[val("-d --destdir")], &["download"]),
        ]),
    ),
    Program::new(
        "stack",
        "hackage",
        dashed,
        Verbs(&[
            flagged(
                "install",
                Add,
                &[val("--resolver --snapshot --flag --ghc-options")],
                &["global"],
            ),
            verb("exec", Command(0), &[with("--package", Package), val("--resolver --snapshot")]),
        ]),
    )
    .with(&[val("--resolver --snapshot --stack-yaml --work-dir"), is("--help --version", Never)]),
    Program::new(
        "vcpkg",
        "vcpkg",
        vcpkg,
        Verbs(&[
            verb(
                "install",
                AddOrListed,
                &[val("--triplet --overlay-ports --overlay-triplets"), is("--dry-run", Never)],
            ),
            verb("add", Verbs(&[verb("port", Add, &[])]), &[]),
        ]),
    ),
    Program::new(
        "conan",
        "conan",
        conan,
        Verbs(&[
            verb(
                "install",
                Add,
                &[
                    with("--requires --tool-requires", Package),
                    with("-r --remote", Index("registry")),
                    val(CONAN),
                ],
            ),
            flagged("download", Add, &[with("-r --remote", Index("registry"))], &["download"]),
        ]),
    ),
    Program::new(
        "swift",
        "swift",
        repository,
        Verbs(&[verb(
            "package",
            Verbs(&[verb(
                "add-dependency",
                First,
                &[with("--from --exact --branch --revision --to", Revision)],
            )]),
            &[],
        )]),
    ),
    Program::new(
        "dart flutter",
        "pub",
        coloned,
        Verbs(&[verb(
            "pub",
            Verbs(&[
                verb("add", Add, DART),
                verb(
                    "global",
                    Verbs(&[flagged(
                        "activate",
                        Versioned,
                        &[
                            with("-s --source", Flag("git")),
                            val("--git-path --git-ref -x --executable"),
                            with("--hosted-url -u", Index("registry")),
                        ],
                        &["global"],
                    )]),
                    &[],
                ),
                verb("get upgrade", Listed, &[]),
            ]),
            &[],
        )]),
    ),
    Program::new("pod", "cocoapods", plain, Verbs(&[verb("install update", Listed, &[])])),
    Program::new("rebar3", "hex", plain, Verbs(&[verb("get-deps", Listed, &[])])),
    Program::new(
        "nimble",
        "nimble",
        at_version,
        Verbs(&[verb("install", AddOrListed, &[]), verb("add", Add, &[])]),
    ),
    Program::new("shards", "shards", plain, Verbs(&[verb("install update", Listed, &[])])),
    Program::new("jbang", "jbang", plain, Nothing),
];

use super::Act::Hex;

const CONAN: &str = "-s --settings -o --options -pr --profile -g --generator --build -c --conf -of --output-folder --version --name --user --channel";
const HEX: &[Opt] = &[
    with("--repo", Index("registry")),
    with("--branch --tag --ref", Revision),
    is("--force", Flag("force")),
    val("--app --organization --sha512"),
];
const OPAM: &[Opt] = &[
    with("--repositories --repos", Index("registry")),
    is("--dry-run --show-actions --help --version", Never),
    val("--switch --root -j --jobs --color --solver --criteria --best-effort-prefix-criteria"),
];
const LUAROCKS: &[Opt] = &[
    with("--server --from --only-server --only-from", Index("registry")),
    is("--no-manifest --local", Does::Nothing),
    is("-h --help", Never),
    val("--tree --lua-dir --lua-version --only-sources --pin --deps-mode --timeout"),
];
const DART: &[Opt] = &[
    with("--hosted-url --hosted", Index("registry")),
    with("--git-url", Git),
    with("--git-ref", Revision),
    with("--path", Does::File),
    is("-n --dry-run -h --help", Never),
    val("--git-path --sdk -C --directory"),
];
