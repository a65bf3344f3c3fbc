//! The package programs of systems, images included.

use super::{
    Act::{
        self, Add, AddOrListed, Command, Exec, First, If, Image, Inside, Listed, Remote, Tap, Verbs,
    },
    Does::{Commands, Flag, Index, Instead, Manifest, Never, Package, Version},
    NEEDED, Program, Verb, flagged, is, val, verb, with,
};
use crate::install::{
    options::{Does, Opt},
    spec::{apk, arch, at_version, brew, deb, image, nix, plain, rpm, tap},
};

const APT: &[Opt] = &[
    is("-s --simulate --just-print --dry-run --recon --no-act --print-uris -h --help", Never),
    is("-d --download-only", Flag("download")),
    is("--allow-unauthenticated --allow-insecure-repositories --force-yes", Flag("no-verify")),
    val(
        "-o --option -c --config-file -t --target-release --default-release -a --host-architecture -P --build-profiles",
    ),
];
const DNF: &[Opt] = &[
    is("--nogpgcheck --no-gpgchecks --nogpg", Flag("no-verify")),
    is("--downloadonly", Flag("download")),
    is("--assumeno --help --version", Never),
    with("--repofrompath", Index("registry")),
    val(
        "-x --exclude --excludepkgs --enablerepo --disablerepo --repo --repoid -c --config --installroot --releasever --setopt",
    ),
    val(
        "--advisory --advisories --bz --cve --forcearch --destdir --downloaddir --comment --color -d -e -R --rpmverbosity",
    ),
];
const ZYPPER: &[Opt] = &[
    is("--no-gpg-checks --allow-unsigned-rpm --gpg-auto-import-keys", Flag("no-verify")),
    is("-D --dry-run -h --help", Never),
    is("-d --download-only", Flag("download")),
    with("-p --plus-repo", Index("registry")),
    val(
        "-r --repo --from -t --type -R --root --installroot --releasever -c --config --reposd-dir -C --cache-dir --capability-only",
    ),
];
const APK: &[Opt] = &[
    with("-X --repository", Index("registry")),
    is("--allow-untrusted", Flag("no-verify")),
    is("-s --simulate -h --help", Never),
    val(
        "-t --virtual -p --root --keys-dir --repositories-file --arch --cache-dir --cache-max-age --wait --progress-fd --timeout",
    ),
];
const PACMAN: &[Opt] = &[
    is("-S --sync -U --upgrade", Flag(NEEDED)),
    is("-Q --query -R --remove -F --files -T --deptest -D --database", Never),
    is(
        "-i --info -s --search -l --list -g --groups -c --clean -p --print -h --help -V --version",
        Never,
    ),
    is("-w --downloadonly", Flag("download")),
    with("--config", Flag("userconfig")),
    val(
        "-b --dbpath -r --root --arch --cachedir --color --gpgdir --hookdir --logfile --ignore --ignoregroup --overwrite",
    ),
    val(
        "--assume-installed --aururl --builddir --makepkg --mflags --editor --answerclean --answerdiff --answeredit",
    ),
    is("--skippgpcheck", Flag("no-verify")),
];
const RPM: &[Opt] = &[
    is("-i --install -U --upgrade -F --freshen --reinstall", Flag(NEEDED)),
    is("-q --query -e --erase -V --verify -K --checksig --import --test -a", Never),
    is("--nosignature --nodigest --nogpgcheck", Flag("no-verify")),
    is("--force", Flag("force")),
    val("--root --dbpath --prefix --relocate --excludepath -D --define"),
];
const DPKG: &[Opt] = &[
    is("-i --install --unpack", Flag(NEEDED)),
    is(
        "-r --remove -P --purge -l --list -L --listfiles -s --status -S --search -p --print-avail -c --contents",
        Never,
    ),
    is("-I --info -x --extract -V --verify --dry-run --simulate --no-act", Never),
    is("--configure -C --audit", Never),
    val("--root --instdir --admindir --log"),
];
const BREW: &[Opt] = &[
    is("--cask --casks", Flag("cask")),
    is("-n --dry-run -h --help", Never),
    is("-f --force", Flag("force")),
    is("--no-quarantine", Flag("no-verify")),
    is("--HEAD", Flag("head")),
    val("--cc --env --appdir --bottle-arch --language"),
];
const SNAP: &[Opt] = &[
    is("--dangerous --force-dangerous", Flag("no-verify")),
    is("-h --help", Never),
    val("--channel --revision --cohort --name --prefer"),
];
const FLATPAK: &[Opt] = &[
    is("--no-gpg-verify", Flag("no-verify")),
    is("--user -u", Flag("user")),
    is("-h --help", Never),
    with("--from", Does::Url),
    val(
        "--arch --subpath --gpg-file --installation --sideload-repo --title --default-branch --command --branch",
    ),
];
const NIX: &[Opt] = &[
    val(
        "-I --include --option --profile -p --impure-env --inputs-from --override-input --system --store --priority",
    ),
    is("--dry-run --help", Never),
];

const DOCKER_RUN: &[Opt] = &[
    with("--entrypoint", Does::Nothing),
    is("--help", Never),
    val(
        "-a --attach --add-host --annotation --blkio-weight --cap-add --cap-drop --cgroup-parent --cgroupns --cidfile --cpu-period",
    ),
    val(
        "--cpu-quota --cpu-shares -c --cpus --cpuset-cpus --cpuset-mems --detach-keys --device --device-cgroup-rule --device-read-bps",
    ),
    val(
        "--device-write-bps --dns --dns-option --dns-search --domainname -e --env --env-file --expose --gpus --group-add --health-cmd",
    ),
    val(
        "--health-interval --health-retries --health-start-period --health-timeout -h --hostname --ip --ip6 --ipc --isolation",
    ),
    val(
        "--kernel-memory -l --label --label-file --link --link-local-ip --log-driver --log-opt --mac-address -m --memory",
    ),
    val(
        "--memory-reservation --memory-swap --memory-swappiness --mount --name --network --net --network-alias --net-alias --oom-score-adj",
    ),
    val(
        "--pid --pids-limit --platform -p --publish --pull --restart --runtime --security-opt --shm-size --stop-signal --stop-timeout",
    ),
    val(
        "--storage-opt --sysctl --tmpfs --ulimit -u --user --userns --uts -v --volume --volume-driver --volumes-from -w --workdir",
    ),
    val(
        "--arch --os --variant --authfile --userns --secret --pod --requires --systemd --tz --umask",
    ),
];
const DOCKER_EXEC: &[Opt] =
    &[val("-e --env --env-file -u --user -w --workdir --detach-keys --index")];
const DOCKER_OPTIONS: &[Opt] = &[val(
    "-c --context --config -H --host -l --log-level --tlscacert --tlscert --tlskey --connection --root --namespace -n",
)];
const COMPOSE_OPTIONS: &[Opt] = &[val(
    "-f --file -p --project-name --profile --env-file --project-directory --parallel --ansi --progress",
)];
const COMPOSE: &[Verb] = &[
    verb("run", Inside(1), DOCKER_RUN),
    verb("exec", Inside(1), DOCKER_EXEC),
    verb("up build create pull start watch", Act::Hidden("container"), &[]),
];
const PULL: &[Opt] = &[
    val("--platform --arch --os --authfile --creds --variant --cert-dir"),
    is("--disable-content-trust --tls-verify=false", Flag("no-verify")),
];
const BUILDS: Act = Act::Hidden("container");

pub(super) const ALL: &[Program] = &[
    Program::new(
        "apt apt-get aptitude nala apt-fast",
        "debian",
        deb,
        Verbs(&[
            verb("install reinstall satisfy", Add, &[]),
            flagged("build-dep", Add, &[], &["build-dep"]),
            flagged("download source", Add, &[], &["download"]),
        ]),
    )
    .called("apt")
    .with(APT),
    Program::new("dpkg", "debian", deb, If).with(DPKG),
    Program::new("gdebi", "debian", deb, Add).with(&[val("-o --option")]),
    Program::new("add-apt-repository apt-add-repository", "debian", tap, Act::Add)
        .called("apt")
        .with(&[is("-r --remove -l --list -h --help", Never), val("-p --pocket -c --component"), with("-P --ppa -S --sourceslist -U --uri", Package)]),
    Program::new(
        "dnf dnf5 yum microdnf tdnf",
        "rpm",
        rpm,
        Verbs(&[
            verb("install in reinstall localinstall groupinstall builddep build-dep", Add, DNF),
            verb("update upgrade up upgrade-minimal downgrade distro-sync dsync", Add, DNF),
            verb("group", Verbs(&[verb("install", Add, DNF)]), DNF),
            verb("module", Verbs(&[verb("install enable", Add, DNF)]), DNF),
            flagged("download", Add, DNF, &["download"]),
            verb("copr", Verbs(&[verb("enable", Tap, DNF)]), DNF),
            verb("config-manager", Act::Options, &[with("--add-repo --addrepo", Does::Flag("tap"))]),
            verb("swap", Act::After(1), DNF),
        ]),
    )
    .with(DNF),
    Program::new(
        "zypper",
        "rpm",
        rpm,
        Verbs(&[
            verb("install in source-install si", Add, ZYPPER),
            verb("update up dist-upgrade dup", Add, ZYPPER),
            verb("addrepo ar", Tap, ZYPPER),
        ]),
    )
    .with(ZYPPER),
    Program::new("rpm", "rpm", rpm, If).with(RPM),
    Program::new("apk", "alpine", apk, Verbs(&[
        verb("add", Add, APK),
        verb("upgrade", Add, APK),
        flagged("fetch", Add, &[val("-o --output")], &["download"]),
    ]))
    .with(APK),
    Program::new("pacman yay paru pamac-aur trizen pikaur aura", "arch", arch, If).with(PACMAN),
    Program::new("pamac", "arch", arch, Verbs(&[verb("install build", Add, &[])])),
    Program::new(
        "brew",
        "homebrew",
        brew,
        Verbs(&[
            verb("install reinstall", Add, &[]),
            verb("upgrade up", AddOrListed, &[]),
            flagged("fetch", Add, &[], &["download"]),
            flagged("cask", Verbs(&[verb("install reinstall upgrade", Add, &[])]), &[], &["cask"]),
            verb("tap", Tap, &[]),
            verb("bundle", Listed, &[]),
        ]),
    )
    .with(BREW),
    Program::new("snap", "snap", at_version, Verbs(&[
        verb("install refresh", Add, &[]),
        verb("try", Act::AddAs(plain, "snap"), &[]),
        flagged("download", Add, &[], &["download"]),
    ]))
    .with(SNAP),
    Program::new("flatpak", "flatpak", plain, Verbs(&[
        verb("install", Remote, &[]),
        verb("update", Add, &[]),
        verb("remote-add", Tap, &[]),
    ]))
    .with(FLATPAK),
    Program::new("nix-env", "nix", nix, If).with(&[
        is("-i --install -u --upgrade", Flag(NEEDED)),
        is("-q --query -e --uninstall --rollback -G -S --switch-generation --delete-generations --dry-run", Never),
        is("-A --attr", Does::Nothing),
        val("-f --file -p --profile -I --option --arg --argstr"),
    ]),
    Program::new("nix-shell", "nix", nix, If).with(&[
        is("-p --packages", Flag(NEEDED)),
        with("--run --command", Commands),
        val("-I --arg --argstr --option --keep -i -E"),
    ]),
    Program::new("nix", "nix", nix, Verbs(&[
        verb("profile", Verbs(&[flagged("install add", Add, &[], &["global"])]), &[]),
        verb("run", Exec, &[]),
        verb("shell", Act::Shells, &[with("-c --command", Commands)]),
        verb("develop", Act::Shells, &[with("-c --command", Commands)]),
        verb("build", Act::Hidden("script-file"), &[]),
    ]))
    .with(NIX),
    Program::new("guix", "guix", at_version, Verbs(&[verb("install", Add, &[]), verb("shell", Act::Shells, &[])])),
    Program::new("port", "macports", plain, Verbs(&[verb("install upgrade", Add, &[])])),
    Program::new("pkg", "freebsd", plain, Verbs(&[verb("install in add", Add, &[val("-r --repository"), is("-n --dry-run", Never)]), verb("upgrade", Add, &[])]))
        .with(&[val("-c -r -C -R -o -j")]),
    Program::new("pkg_add pkgin", "bsd", plain, Add),
    Program::new("xbps-install", "void", plain, Add).with(&[
        with("-R --repository", Index("registry")),
        is("-n --dry-run -h -V", Never),
        val("-C -c -r --config --cachedir --rootdir"),
    ]),
    Program::new("emerge", "gentoo", plain, Add).with(&[
        is("-p --pretend -s --search -C --unmerge --depclean -c --sync --info --version -h --help --metadata --regen", Never),
        val("-j --jobs --load-average --exclude --backtrack --with-bdeps"),
    ]),
    Program::new("opkg", "openwrt", plain, Verbs(&[verb("install upgrade", Add, &[])])),
    Program::new("eopkg", "solus", plain, Verbs(&[verb("install it", Add, &[])])),
    Program::new("swupd", "clear", plain, Verbs(&[verb("bundle-add", Add, &[])])),
    Program::new("rpm-ostree", "rpm", rpm, Verbs(&[verb("install", Add, &[])])),
    Program::new("winget", "winget", plain, Verbs(&[verb("install add upgrade", First, &[
        with("--id -q --query --name", Package),
        with("-v --version", Version),
        with("-s --source", Index("registry")),
        with("-m --manifest", Does::File),
        is("--ignore-security-hash", Flag("no-verify")),
        is("--force", Flag("force")),
        is("-h --help -?", Never),
        val("--scope -a --architecture -l --location -o --log --override --custom --locale --installer-type --header --moniker"),
    ])])),
    Program::new("choco cinst chocolatey", "chocolatey", plain, Verbs(CHOCO)).called("choco"),
    Program::new("scoop", "scoop", at_version, Verbs(&[
        verb("install update", Add, &[
            is("-g --global", Flag("global")),
            is("-s --skip-hash-check --skip", Flag("no-verify")),
            val("-a --arch"),
        ]),
        verb("bucket", Verbs(&[verb("add", Tap, &[])]), &[]),
    ])),
    Program::new(
        "docker podman nerdctl finch",
        "docker",
        image,
        Verbs(&[
            verb("run create", Image, DOCKER_RUN),
            flagged("pull", Add, PULL, &["download"]),
            verb("exec", Inside(1), DOCKER_EXEC),
            verb("container", Verbs(&[verb("run create", Image, DOCKER_RUN), verb("exec", Inside(1), DOCKER_EXEC)]), &[]),
            verb("image", Verbs(&[flagged("pull", Add, PULL, &["download"]), verb("build", BUILDS, &[])]), &[]),
            verb("build", BUILDS, &[]),
            verb("buildx", Verbs(&[verb("build bake", BUILDS, &[])]), &[]),
            verb("compose", Verbs(COMPOSE), COMPOSE_OPTIONS),
            verb("plugin extension", Verbs(&[verb("install", Add, &[val("--alias")])]), &[]),
        ]),
    )
    .with(DOCKER_OPTIONS),
    Program::new("docker-compose podman-compose", "docker", image, Verbs(COMPOSE)).with(COMPOSE_OPTIONS),
    Program::new("singularity apptainer", "docker", image, Verbs(&[
        verb("pull build", Act::After(1), &[]),
        verb("exec run shell", Image, &[val("-B --bind --env --home --pwd")]),
    ])),
    Program::new("kubectl oc", "docker", image, Verbs(&[
        verb("exec", Inside(1), &[val("-c --container -n --namespace --context")]),
        verb("run debug", Inside(1), &[with("--image", Instead), val("-n --namespace --restart --overrides --env --labels -l --port")]),
        verb("krew", Verbs(&[verb("install", Act::AddAs(plain, "krew"), &[with("--manifest", Manifest)])]), &[]),
    ]))
    .with(&[val("-n --namespace --context --kubeconfig --cluster --user -s --server")]),
    Program::new("lxc incus", "lxc", plain, Verbs(&[verb("exec", Inside(1), &[])])),
    Program::new("toolbox", "docker", image, Verbs(&[verb("run", Inside(0), &[val("-c --container -r --release -d --distro")])])),
    Program::new("distrobox", "docker", image, Verbs(&[verb("enter", Inside(0), &[val("-n --name")])])),
    Program::new("flatpak-spawn", "flatpak", plain, Command(0)),
];

const CHOCO: &[Verb] = &[verb(
    "install upgrade",
    Add,
    &[
        with("--version", Version),
        with("-s --source", Index("registry")),
        is("--pre --prerelease", Flag("pre")),
        is("--ignore-checksums --allow-empty-checksums", Flag("no-verify")),
        is("-f --force", Flag("force")),
        is("--noop --whatif --what-if -h --help", Never),
        val(
            "--params --package-parameters --ia --install-arguments --timeout --execution-timeout --cache-location",
        ),
    ],
)];
