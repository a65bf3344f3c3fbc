//! pip and what took its place.

use super::{
    Act::{self, Add, AddOrListed, After, Command, Exec, Like, Listed, Verbs},
    Does::{DryRun, Editable, Flag, Git, Index, Instead, Manifest, Never, Package, Revision},
    Program, Verb, flagged, is, val, verb, with,
};
use crate::install::{
    options::{Does, Opt},
    spec::{conda, pypi},
};

const INDEXES: &[Opt] = &[
    with("-i --index-url --pypi-url --default-index --index", Index("index-url")),
    with("--extra-index-url", Index("extra-index-url")),
    with("-f --find-links", Index("find-links")),
    with("--trusted-host --allow-insecure-host", Flag("no-verify")),
    is("--no-index", Flag("no-index")),
];
const PIP_OPTIONS: &[Opt] = &[
    with("-i --index-url --pypi-url", Index("index-url")),
    with("--extra-index-url", Index("extra-index-url")),
    with("-f --find-links", Index("find-links")),
    with("--trusted-host", Flag("no-verify")),
    is("--no-index", Flag("no-index")),
    with("-r --requirement --requirements", Manifest),
    with("--group", Does::Lists),
    with("-e --editable", Editable),
    is("--user", Flag("user")),
    is("--pre", Flag("pre")),
    is("--break-system-packages", Flag("break-system-packages")),
    is("--dry-run", DryRun),
    is("-h --help -V --version", Never),
    val(
        "-c --constraint --constraints --build-constraint -t --target --platform --python-version --implementation --abi --root",
    ),
    val(
        "--prefix --src -b --build --upgrade-strategy --no-binary --only-binary --progress-bar --root-user-action --report",
    ),
    val(
        "-C --config-settings --config-setting --global-option --install-option --build-option -d --dest -w --wheel-dir",
    ),
    val(
        "--proxy --retries --timeout --exists-action --cert --client-cert --cache-dir --log --log-file --local-log --python",
    ),
    val(
        "--use-feature --use-deprecated --keyring-provider --resume-retries --exclude --path --uploaded-prior-to",
    ),
];
const PIP_SETTINGS: &[(&str, Does)] = &[
    ("PIP_INDEX_URL", Index("index-url")),
    ("PIP_EXTRA_INDEX_URL", Index("extra-index-url")),
    ("PIP_FIND_LINKS", Index("find-links")),
    ("PIP_TRUSTED_HOST", Flag("no-verify")),
    ("PIP_BREAK_SYSTEM_PACKAGES", Flag("break-system-packages")),
    ("PIP_USER", Flag("user")),
    ("PIP_PRE", Flag("pre")),
    ("PIP_CONFIG_FILE", Flag("userconfig")),
];
const PIP_VERBS: &[Verb] =
    &[verb("install", Add, &[]), flagged("download wheel", Add, &[], &["download"])];

const UV_OPTIONS: &[Opt] = &[
    is("-h --help -V --version", Never),
    is("--dry-run", DryRun),
    with("--config-file", Flag("userconfig")),
    val(
        "--project --directory --cache-dir --color --python-preference -p --python --python-platform --python-version --link-mode",
    ),
    val(
        "--prerelease --resolution --fork-strategy --exclude-newer --index-strategy --keyring-provider -C --config-setting",
    ),
    val(
        "--refresh-package --reinstall-package --upgrade-package -P --no-build-package --no-binary-package --no-sources-package",
    ),
    val(
        "--config-settings-package --no-build-isolation-package --env-file --target --prefix --no-binary --only-binary",
    ),
];
const UV_ADD: &[Opt] = &[
    with("-r --requirements --requirement", Manifest),
    with("--tag --branch --rev", Revision),
    val(
        "-c --constraints --constraint --group --optional --extra --script --package --bounds -m --marker",
    ),
    is("--editable", Flag("editable")),
];
const UVX: &[Opt] = &[
    with("--from", Instead),
    with("-w --with", Package),
    with("--with-editable", Editable),
    with("--with-requirements", Manifest),
    val("-c --constraints --constraint -b --build-constraints --overrides --with-executables-from"),
    is("--offline", Does::Nothing),
];
const UV_SETTINGS: &[(&str, Does)] = &[
    ("UV_INDEX_URL", Index("index-url")),
    ("UV_DEFAULT_INDEX", Index("index-url")),
    ("UV_INDEX", Index("index-url")),
    ("UV_EXTRA_INDEX_URL", Index("extra-index-url")),
    ("UV_FIND_LINKS", Index("find-links")),
    ("UV_INSECURE_HOST", Flag("no-verify")),
    ("UV_CONFIG_FILE", Flag("userconfig")),
];
const UV_PIP: &[Verb] = &[
    verb(
        "install",
        Add,
        &[
            with("-r --requirements --requirement", Manifest),
            with("-e --editable", Editable),
            with("-P --upgrade-package", Does::Nothing),
            val(
                "-c --constraints --constraint --overrides --override -b --build-constraints --extra --group --torch-backend",
            ),
            is("--user", Flag("user")),
            is("--pre", Flag("pre")),
            is("--break-system-packages", Flag("break-system-packages")),
            is("--system", Does::Nothing),
        ],
    ),
    verb(
        "sync",
        Act::AddAs(manifest, "pypi"),
        &[is("--break-system-packages", Flag("break-system-packages"))],
    ),
];
const UV_RUN: &[Opt] = &[
    with("--with", Package),
    with("--with-editable", Editable),
    with("--with-requirements", Manifest),
    val("--extra --group --only-group --no-group --no-extra --package"),
    is("-m --module --script -s", Does::Nothing),
];

const CONDA_OPTIONS: &[Opt] = &[
    with("-c --channel", Index("channel")),
    with("--file -f", Manifest),
    is("-d --dry-run -h --help -V --version", Never),
    is("--download-only", Flag("download")),
    val(
        "-n --name -p --prefix --solver --revision --repodata-fn --subdir --platform --clone --experimental -r --root-prefix",
    ),
    val("--rc-file --ssl-verify --channel-priority --pin"),
];

pub(super) const ALL: &[Program] = &[
    Program::new("pip", "pypi", pypi, Verbs(PIP_VERBS)).with(PIP_OPTIONS).set_by(PIP_SETTINGS),
    Program::new("easy_install", "pypi", pypi, Add).with(&[
        with("-i --index-url", Index("index-url")),
        with("-f --find-links", Index("find-links")),
        is("--user", Flag("user")),
        is("-h --help --version -n --dry-run", Never),
        val("-d --install-dir -s --script-dir -b --build-directory --prefix --record"),
    ]),
    Program::new(
        "pipx",
        "pypi",
        pypi,
        Verbs(&[
            flagged("install", Add, &[with("--preinstall", Package)], &["global"]),
            flagged("inject", After(1), &[with("-r --requirement", Manifest)], &["global"]),
            flagged("upgrade reinstall", Add, &[], &["global"]),
            flagged("run", Exec, &[with("--spec", Instead), with("--with", Package)], &["exec"]),
            verb("runpip", Like(1, "pip"), &[]),
        ]),
    )
    .with(INDEXES)
    .and(&[
        is("-f --force", Flag("force")),
        is("-h --help --version", Never),
        val("--python --pip-args --suffix --backend --fetch-missing-python"),
    ])
    .set_by(PIP_SETTINGS),
    Program::new(
        "uv",
        "pypi",
        pypi,
        Verbs(&[
            verb("pip", Verbs(UV_PIP), &[]),
            verb("add", Add, UV_ADD),
            verb(
                "tool",
                Verbs(&[
                    flagged("install upgrade", Add, UVX, &["global"]),
                    flagged("run", Exec, UVX, &["exec"]),
                ]),
                &[],
            ),
            flagged("run", Command(0), UV_RUN, &["exec"]),
            verb("sync", Listed, &[val("--extra --group --only-group --package")]),
            verb("build", Listed, &[val("--package -o --out-dir")]),
            verb("x", Exec, UVX),
        ]),
    )
    .with(UV_OPTIONS)
    .and(INDEXES)
    .set_by(UV_SETTINGS),
    Program::new("uvx", "pypi", pypi, Exec)
        .with(UVX)
        .and(UV_OPTIONS)
        .also(INDEXES)
        .set_by(UV_SETTINGS),
    Program::new(
        "poetry",
        "pypi",
        pypi,
        Verbs(&[
            verb(
                "add",
                Add,
                &[
                    with("--source", Index("index-url")),
                    val("-G --group -E --extras --python --platform --markers"),
                    is("-e --editable", Flag("editable")),
                    is("--allow-prereleases", Flag("pre")),
                ],
            ),
            verb("self plugin", Verbs(&[flagged("add", Add, &[], &["global"])]), &[]),
            verb("update", AddOrListed, &[val("--with --without --only")]),
            verb("install sync", Listed, &[]),
            verb("run", Command(0), &[]),
        ]),
    )
    .with(&[val("-C --directory -P --project"), is("--dry-run -h --help -V --version", Never)]),
    Program::new(
        "pdm",
        "pypi",
        pypi,
        Verbs(&[
            verb(
                "add",
                Add,
                &[
                    with("-e --editable", Editable),
                    val("-G --group"),
                    is("--prerelease --pre", Flag("pre")),
                ],
            ),
            verb("self plugin", Verbs(&[flagged("add", Add, &[], &["global"])]), &[]),
            verb("update", AddOrListed, &[val("-G --group")]),
            verb("install sync", Listed, &[]),
            verb("run", Command(0), &[val("-p --project -s --site-packages")]),
        ]),
    )
    .with(&[
        val("-p --project -L --lockfile -c --config"),
        is("--dry-run -h --help -V --version", Never),
    ]),
    Program::new(
        "hatch",
        "pypi",
        pypi,
        Verbs(&[
            verb("run", Command(0), &[]),
            verb(
                "env",
                Verbs(&[verb("run", Command(0), &[val("-e --env")]), verb("create", Listed, &[])]),
                &[],
            ),
            verb("build test", Listed, &[]),
        ]),
    )
    .with(&[val("-e --env -p --project")]),
    Program::new(
        "rye",
        "pypi",
        pypi,
        Verbs(&[
            verb("add", Add, RYE),
            flagged("install", Add, RYE, &["global"]),
            verb("tools tool", Verbs(&[flagged("install", Add, RYE, &["global"])]), &[]),
            verb("sync", Listed, &[]),
            verb("run", Command(0), &[]),
        ]),
    )
    .with(&[is("-h --help --version", Never)]),
    Program::new(
        "pipenv",
        "pypi",
        pypi,
        Verbs(&[
            verb("install upgrade", AddOrListed, PIPENV),
            verb("update", AddOrListed, PIPENV),
            verb("sync", Listed, &[]),
            verb("run", Command(0), &[]),
        ]),
    )
    .with(&[is("-h --help --version", Never), val("--python --pypi-mirror")]),
    Program::new(
        "conda mamba micromamba",
        "conda",
        conda,
        Verbs(&[
            verb("install create update upgrade", Add, &[]),
            verb(
                "env",
                Verbs(&[verb("create update", Act::AddAs(environment, "conda"), &[])]),
                &[],
            ),
            verb("run", Command(0), &[val("--cwd -e -a --attach --no-capture-output")]),
        ]),
    )
    .with(CONDA_OPTIONS),
    Program::new(
        "pixi",
        "conda",
        conda,
        Verbs(&[
            verb("add", Add, PIXI),
            verb("global", Verbs(&[flagged("install add", Add, PIXI, &["global"])]), &[]),
            flagged(
                "exec x",
                Exec,
                &[
                    with("-s --spec", Instead),
                    with("-w --with", Package),
                    with("-c --channel", Index("channel")),
                ],
                &["exec"],
            ),
            verb("run", Command(0), &[val("-e --environment --manifest-path")]),
            verb("install update", Listed, &[]),
        ]),
    ),
];

const RYE: &[Opt] = &[
    with("--git", Git),
    with("--path", Does::File),
    with("--url", Does::Url),
    with("--tag --rev --branch", Revision),
    is("--pre", Flag("pre")),
    with("--index-url -i", Index("index-url")),
    val("--features --optional --pin -p --python --extra-requirement"),
    is("-f --force", Flag("force")),
];
const PIPENV: &[Opt] = &[
    with("-r --requirements", Manifest),
    with("-e --editable", Editable),
    with("-i --index --pypi-mirror", Index("index-url")),
    with("--extra-index-url", Index("extra-index-url")),
    with("--trusted-host", Flag("no-verify")),
    val("--python --categories --extra-pip-args"),
    is("--pre", Flag("pre")),
];
const PIXI: &[Opt] = &[
    with("-c --channel", Index("channel")),
    with("--git -g", Git),
    with("--branch --tag --rev", Revision),
    val("-p --platform -f --feature --manifest-path -e --environment --expose --with"),
];

#[expect(clippy::unnecessary_wraps, reason = "a reader of operands like the others")]
fn manifest(arg: &super::super::expand::Arg<'_>) -> Option<super::super::spec::Item> {
    let source = vigil_proto::package::PackageSource::Manifest;
    Some(super::super::spec::Item::at(source, &arg.text))
}

/// The environment's name is no package, a file is its list.
fn environment(arg: &super::super::expand::Arg<'_>) -> Option<super::super::spec::Item> {
    let listed = [".yml", ".yaml", ".txt"].iter().any(|end| arg.text.ends_with(end));
    if listed { manifest(arg) } else { None }
}
