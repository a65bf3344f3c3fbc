//! npm, yarn, pnpm, bun, deno and what runs packages of theirs.

use super::{
    Act::{self, Add, AddOrListed, Command, Create, Exec, Listed, Nothing, Scripts, Verbs},
    Does::{Commands, Flag, FlagIf, Index, Instead, Never},
    Program, flagged, is, val, verb, with,
};
use crate::install::{
    options::{Does, Opt},
    spec::{deno, npm},
};

const NPM_OPTIONS: &[Opt] = &[
    with("--registry", Index("registry")),
    with("--userconfig --globalconfig", Flag("userconfig")),
    with("--location", FlagIf("global", "global")),
    is("-g --global", Flag("global")),
    is("-f --force", Flag("force")),
    is("--ignore-scripts", Flag("ignore-scripts")),
    is("--dry-run -h --help -v --version --package-lock-only", Never),
    with("--strict-ssl", FlagIf("false", "no-verify")),
    is("--no-strict-ssl", Flag("no-verify")),
    val(
        "--prefix -C --workspace -w --cache --loglevel --tag --omit --include --only --also --save-prefix",
    ),
    val(
        "--before --access --otp --scope --node-options --script-shell --install-strategy --depth --cpu --os",
    ),
    val(
        "--fetch-retries --fetch-timeout --fetch-retry-mintimeout --fetch-retry-maxtimeout --maxsockets --noproxy",
    ),
    val(
        "--proxy --https-proxy --ca --cafile --cert --key --auth-type --target --libc --audit-level --logs-dir",
    ),
    val(
        "--pack-destination --user-agent --umask --tmp --lockfile-version --node-gyp --init-author-name",
    ),
    val(
        "--init-license --init-version --shell --editor --git --viewer --network-timeout --min-release-age",
    ),
];
const NPM_EXEC: &[Opt] =
    &[with("-p --package", Instead), with("-c --call", Commands), is("--no --no-install", Never)];
const NPM_SETTINGS: &[(&str, Does)] = &[
    ("npm_config_registry", Index("registry")),
    ("NPM_CONFIG_REGISTRY", Index("registry")),
    ("npm_config_userconfig", Flag("userconfig")),
    ("NPM_CONFIG_USERCONFIG", Flag("userconfig")),
    ("npm_config_global", FlagIf("true", "global")),
    ("NODE_TLS_REJECT_UNAUTHORIZED", FlagIf("0", "no-verify")),
    ("npm_config_strict_ssl", FlagIf("false", "no-verify")),
    ("NPM_CONFIG_STRICT_SSL", FlagIf("false", "no-verify")),
];
const NPM: Act = Verbs(&[
    verb("install i in ins inst insta instal isnt isnta isntal isntall add", AddOrListed, &[]),
    verb("install-test it", AddOrListed, &[]),
    verb("update up upgrade udpate", AddOrListed, &[]),
    verb("exec x", Exec, NPM_EXEC),
    verb("init create innit", Create, &[val("--init-module")]),
    verb(
        "ci clean-install ic install-clean isntall-clean install-ci-test cit clean-install-test sit dedupe ddp",
        Listed,
        &[],
    ),
    verb("audit", Verbs(&[verb("fix", Listed, &[])]), &[]),
    verb("rebuild rb", Scripts, &[]),
    verb("link ln", Add, &[]),
    verb("explore", Command(1), &[]),
    verb("run run-script rum urn test t tst start stop restart", Scripts, &[]),
    flagged("pack", Add, &[], &["download"]),
    verb("cache", Verbs(&[flagged("add", Add, &[], &["download"])]), &[]),
]);

const YARN_OPTIONS: &[Opt] = &[
    with("--registry", Index("registry")),
    with("--use-yarnrc", Flag("userconfig")),
    is("-h --help -v --version", Never),
    is("--force", Flag("force")),
    is("--ignore-scripts", Flag("ignore-scripts")),
    val(
        "--cwd --modules-folder --cache-folder --preferred-cache-folder --mutex --proxy --https-proxy --network-timeout",
    ),
    val("--network-concurrency --prod --global-folder --link-folder --otp --emoji"),
];
const YARN_VERBS: &[super::Verb] = &[
    verb("add", Add, &[is("--mode", Does::Nothing)]),
    verb("global", Verbs(&[flagged("add upgrade", Add, &[], &["global"])]), &[]),
    verb("up upgrade", AddOrListed, &[val("-P --pattern -S --scope")]),
    verb("upgrade-interactive install ci dedupe import", Listed, &[]),
    verb("dlx", Exec, &[with("-p --package", Instead), is("-q --quiet", Does::Nothing)]),
    verb("create", Create, &[]),
    verb("workspace", Act::Like(1, "yarn"), &[]),
    verb("exec", Command(0), &[]),
    verb("plugin", Verbs(&[verb("import", Add, &[])]), &[]),
    verb("set", Verbs(&[verb("version", Act::AddAs(address, "npm"), &[])]), &[]),
    verb(
        "remove why config info list ls link unlink init publish pack version cache audit outdated login logout \
         licenses tag team owner policies workspaces bin node npm patch patch-commit rebuild check autoclean help \
         self-update generate-lock-entry versions unplug search stage constraints explain",
        Nothing,
        &[],
    ),
];

const PNPM_OPTIONS: &[Opt] = &[
    with("--registry", Index("registry")),
    with("--package", Instead),
    is("-g --global", Flag("global")),
    is("--force -f", Flag("force")),
    is("--ignore-scripts", Flag("ignore-scripts")),
    is("-h --help -v --version --lockfile-only", Never),
    val(
        "-F --filter --filter-prod --test-pattern --changed-files-ignore-pattern -C --dir --prefix --loglevel --reporter",
    ),
    val(
        "--store-dir --virtual-store-dir --modules-dir --lockfile-dir --global-dir --workspace-concurrency --network-concurrency",
    ),
    val(
        "--child-concurrency --fetch-retries --fetch-timeout --hoist-pattern --public-hoist-pattern --config-dir --save-catalog-name",
    ),
    val(
        "--cpu --os --libc --package-import-method --resume-from --cert --key --ca --cafile --proxy --https-proxy --node-linker",
    ),
];
const PNPM: Act = Verbs(&[
    verb("add", Add, &[with("--allow-build", Does::Nothing)]),
    verb("install i", AddOrListed, &[]),
    verb("update up upgrade", AddOrListed, &[]),
    verb("dlx", Exec, &[is("-c --shell-mode", Does::Nothing), is("-s --silent", Does::Nothing)]),
    verb("create", Create, &[]),
    verb("exec", Command(0), &[]),
    verb("ci dedupe import install-test it fetch", Listed, &[]),
    verb(
        "remove rm uninstall un link ln unlink prune rebuild rb list ls outdated why audit licenses publish pack config \
         get set store server root bin env patch patch-commit patch-remove deploy doctor init setup self-update help \
         approve-builds ignored-builds cache cat-file cat-index find-hash completion login logout view info search",
        Nothing,
        &[],
    ),
]);

const BUN_OPTIONS: &[Opt] = &[
    with("--registry", Index("registry")),
    is("-g --global", Flag("global")),
    is("-f --force", Flag("force")),
    is("--ignore-scripts", Flag("ignore-scripts")),
    is("--dry-run -h --help --lockfile-only", Never),
    with("-c --config", Does::Nothing),
    val(
        "--cwd --cache-dir --cafile --ca --backend --concurrent-scripts --network-concurrency --filter --omit --linker",
    ),
    val("-r --preload --require --env-file --minimum-release-age --cpu --os"),
];
const BUN_EXEC: &[Opt] = &[with("-p --package", Instead), is("--no-install", Never)];

pub(super) const ALL: &[Program] = &[
    Program::new("npm cnpm tnpm", "npm", npm, NPM).called("npm").with(NPM_OPTIONS).set_by(NPM_SETTINGS),
    Program::new("npx", "npm", npm, Exec).with(NPM_EXEC).set_by(NPM_SETTINGS).alone(Nothing),
    Program::new("yarn yarnpkg", "npm", npm, Verbs(YARN_VERBS))
        .called("yarn")
        .with(YARN_OPTIONS)
        .otherwise(Scripts)
        .alone(Listed)
        .set_by(&[
            ("YARN_REGISTRY", Index("registry")),
            ("YARN_NPM_REGISTRY_SERVER", Index("registry")),
            ("npm_config_registry", Index("registry")),
            ("NPM_CONFIG_REGISTRY", Index("registry")),
            ("YARN_RC_FILENAME", Flag("userconfig")),
            ("YARN_ENABLE_STRICT_SSL", FlagIf("false", "no-verify")),
            ("NODE_TLS_REJECT_UNAUTHORIZED", FlagIf("0", "no-verify")),
        ]),
    Program::new("pnpm", "npm", npm, PNPM).with(PNPM_OPTIONS).otherwise(Scripts).set_by(NPM_SETTINGS),
    Program::new("pnpx pnx", "npm", npm, Exec).with(PNPM_OPTIONS).called("pnpx").set_by(NPM_SETTINGS),
    Program::new(
        "bun",
        "npm",
        npm,
        Verbs(&[
            verb("add a", Add, &[]),
            verb("install i", AddOrListed, &[]),
            verb("update", AddOrListed, &[]),
            verb("create c", Create, &[]),
            verb("x", Exec, BUN_EXEC),
            verb("run", Scripts, &[]),
            verb("ci", Listed, &[]),
        ]),
    )
    .with(BUN_OPTIONS)
    .set_by(&[
        ("BUN_CONFIG_REGISTRY", Index("registry")),
        ("npm_config_registry", Index("registry")),
        ("NPM_CONFIG_REGISTRY", Index("registry")),
    ]),
    Program::new("bunx", "npm", npm, Exec).with(BUN_EXEC).set_by(&[("BUN_CONFIG_REGISTRY", Index("registry"))]),
    Program::new(
        "deno",
        "deno",
        deno,
        Verbs(&[
            verb("add", Add, &[]),
            verb("install i", AddOrListed, &[val("-n --name --root -e --entrypoint")]),
            verb("run x serve", Exec, &[val("--port --host --preload")]),
            flagged("cache", Add, &[], &["download"]),
            verb("create", Create, &[]),
            verb("task", Scripts, &[]),
            verb("update outdated", Nothing, &[]),
        ]),
    )
    .with(&[
        is("-g --global", Flag("global")),
        is("-f --force", Flag("force")),
        is("-h --help --cached-only", Never),
        is("--no-check", Does::Nothing),
        with("--unsafely-ignore-certificate-errors", Flag("no-verify")),
        val("-c --config --import-map --cert -L --log-level --seed --ext --location --env-file --v8-flags"),
    ])
    .otherwise(Nothing),
    Program::new("jsr", "jsr", npm, Verbs(&[verb("add install i", Act::AddAs(jsr, "jsr"), &[])])),
    Program::new("ni", "npm", npm, AddOrListed).with(&[is("-g", Flag("global"))]),
    Program::new("nlx", "npm", npm, Exec),
    Program::new("nr nci", "npm", npm, Scripts),
    Program::new("ng", "npm", npm, Verbs(&[verb("add update", Add, &[val("--project --registry --collection")])])),
    Program::new("lerna", "npm", npm, Verbs(&[
        verb("add", Act::First, &[val("--scope --ignore"), with("--registry", Index("registry"))]),
        verb("exec", Command(0), &[val("--scope --ignore --since --concurrency")]),
    ])),
    Program::new("expo", "npm", npm, Verbs(&[verb("install", AddOrListed, &[is("--check --fix", Never)])])),
    Program::new("volta", "npm", tool, Verbs(&[
        flagged("install", Add, &[], &["global"]),
        verb("run", Command(0), &[val("--node --npm --yarn --pnpm --env")]),
    ])),
    Program::new("bower jspm", "npm", npm, Verbs(&[verb("install i", AddOrListed, &[])])),
    Program::new("cordova", "npm", npm, Verbs(&[verb("plugin plugins platform platforms", Verbs(&[verb("add", Add, &[])]), &[])])),
    Program::new("corepack", "npm", npm, Command(0)),
];

#[expect(clippy::unnecessary_wraps, reason = "a reader of operands like the others")]
fn jsr(arg: &super::super::expand::Arg<'_>) -> Option<super::super::spec::Item> {
    let (name, version) = super::super::spec::named(&arg.text);
    Some(super::super::spec::Item::named(name, version).of("jsr"))
}

/// An address; a number of a version is nothing that is installed.
fn address(arg: &super::super::expand::Arg<'_>) -> Option<super::super::spec::Item> {
    npm(arg).filter(|item| item.source != vigil_proto::package::PackageSource::Registry)
}

/// Node and the programs of packages are no packages of npm.
fn tool(arg: &super::super::expand::Arg<'_>) -> Option<super::super::spec::Item> {
    npm(arg).filter(|item| !matches!(item.name.as_deref(), Some("node" | "npm" | "yarn" | "pnpm")))
}
