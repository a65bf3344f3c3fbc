//! Programs with packages of their own: editors, agents, charts, plugins.

use super::{
    Act::{self, Add, AddOrListed, Chart, Command, Description, First, Options, Tap, Verbs},
    Does::{Flag, Index, Never, Package, Revision, Version},
    Program, is, val, verb, with,
};
use crate::install::{
    options::Opt,
    spec::{at_version, chart, coloned, extension, npm, plain, repository, sourced},
};

const MCP: &[Opt] = &[
    val(
        "-e --env -s --scope -t --transport -H --header --url --bearer-token-env-var --timeout --description --include-tools",
    ),
    val("--exclude-tools --client-id --callback-port"),
];
const MCP_VERBS: Act = Verbs(&[verb("add", Command(1), MCP), verb("add-json", Description, MCP)]);
const MISE: &[Opt] = &[
    is("-g --global", Flag("global")),
    is("-n --dry-run -h --help", Never),
    val("-p --path -e --env -j --jobs -C --cd --pin"),
];

pub(super) const ALL: &[Program] = &[
    Program::new(
        "code code-insiders codium vscodium cursor windsurf positron trae kiro antigravity code-server openvscode-server",
        "vscode",
        extension,
        Options,
    )
    .with(&[
        with("--install-extension", Package),
        with("--add-mcp", super::Does::Nothing),
        val("--user-data-dir --extensions-dir --profile --goto -g --diff -d --locale --log --uninstall-extension --folder-uri"),
        is("--force", Flag("force")),
        is("--pre-release", Flag("pre")),
        is("--help -h --version -v", Never),
    ]),
    Program::new("helm", "helm", chart, Verbs(&[
        verb("install upgrade", Chart, HELM),
        verb("pull fetch", First, HELM),
        verb("repo", Verbs(&[verb("add", Tap, HELM)]), &[]),
        verb("plugin", Verbs(&[verb("install", Act::AddAs(repository, "helm-plugin"), &[with("--version", Version)])]), &[]),
    ]))
    .with(&[val("-n --namespace --kube-context --kubeconfig --registry-config --repository-config --repository-cache")]),
    Program::new("gh", "github", repository, Verbs(&[
        verb("extension extensions ext", Verbs(&[verb("install upgrade", Add, &[
            with("--pin", Version),
            is("--force", Flag("force")),
            is("--dry-run --all -h --help", Never),
        ])]), &[]),
    ])),
    Program::new("claude", "claude-plugin", at_version, Verbs(&[
        verb("mcp", MCP_VERBS, &[]),
        verb("plugin plugins", Verbs(&[
            verb("install i", Add, &[val("-s --scope")]),
            verb("marketplace", Verbs(&[verb("add", Tap, &[])]), &[]),
        ]), &[]),
    ])),
    Program::new("codex qwen copilot amp droid opencode cursor-agent kimi", "mcp", plain, Verbs(&[
        verb("mcp", MCP_VERBS, &[]),
        verb("extensions", Verbs(&[verb("install", Act::AddAs(repository, "gemini-extension"), &[])]), &[]),
    ])),
    Program::new("gemini", "gemini-extension", repository, Verbs(&[
        verb("mcp", MCP_VERBS, &[]),
        verb("extensions extension", Verbs(&[verb("install", First, &[
            with("--ref", Revision),
            is("--auto-update --pre-release --consent", super::Does::Nothing),
        ])]), &[]),
    ])),
    Program::new("pi", "npm", npm, Verbs(&[verb("install", Add, &[])])),
    Program::new("mise rtx", "mise", sourced, Verbs(&[
        verb("use u install i", AddOrListed, MISE),
        verb("exec x", Act::Tools, &[val("-j --jobs -C --cd"), with("-c --command", super::Does::Commands)]),
        verb("run r", Act::Scripts, &[]),
        verb("plugins plugin p", Verbs(&[verb("install i add a", Act::Plugin, &[])]), &[]),
    ]))
    .with(&[val("-C --cd -E --env")]),
    Program::new("asdf", "asdf", plain, Verbs(&[
        verb("plugin", Verbs(&[verb("add", Act::Plugin, &[])]), &[]),
        verb("plugin-add", Act::Plugin, &[]),
        verb("exec", Command(0), &[]),
    ])),
    Program::new("ansible-galaxy", "galaxy", coloned, Verbs(&[
        verb("collection role", Verbs(&[verb("install", Add, GALAXY), verb("download", Add, GALAXY)]), &[]),
        verb("install", Add, GALAXY),
    ])),
    Program::new("az", "azure-extension", plain, Verbs(&[verb("extension", Verbs(&[verb("add", Options, &[
        with("-n --name", Package),
        with("-s --source", super::Does::Url),
    ])]), &[])])),
    Program::new("jupyter", "npm", npm, Verbs(&[verb("labextension", Verbs(&[verb("install", Add, &[])]), &[])])),
    Program::new("fisher", "github", repository, Verbs(&[verb("install", Add, &[])])),
    Program::new("sdk", "sdkman", plain, Verbs(&[verb("install", Act::Versioned, &[])])),
    Program::new("conda-lock", "conda", plain, Verbs(&[verb("install", Act::Listed, &[])])),
    Program::new("smithery", "npm", npm, Verbs(&[verb("install", First, &[val("--client --config --key --profile")])])),
];

const HELM: &[Opt] = &[
    with("--repo", Index("registry")),
    with("--version", Version),
    is("--insecure-skip-tls-verify", Flag("no-verify")),
    is("--dry-run -h --help", Never),
    is("-g --generate-name -i --install", super::Does::Nothing),
    val(
        "-f --values --set --set-string --set-file --set-json -d --destination --untardir --name-template --timeout --username --password",
    ),
    val(
        "--ca-file --cert-file --key-file --keyring --description --post-renderer -o --output --history-max --api-versions --kube-version",
    ),
];
const GALAXY: &[Opt] = &[
    with("-r --role-file --requirements-file", super::Does::Manifest),
    with("-s --server", Index("registry")),
    is("-c --ignore-certs --disable-gpg-verify", Flag("no-verify")),
    is("-f --force", Flag("force")),
    val("-p --roles-path --collections-path --token --api-key --keyring --timeout"),
];
