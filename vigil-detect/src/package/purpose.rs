//! What well-known packages are for, where an agent that asks for one may do more harm: read
//! traffic, drive browsers, move money, get at credentials. None is bad; each is worth a look.

use vigil_proto::Severity;

/// What a package is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Reads or changes others' traffic.
    Interception,
    /// Drives a browser, with its logins.
    Browser,
    /// Moves money or signs transactions.
    Money,
    /// Reads stored passwords, cookies, keys or what is typed.
    Credentials,
}

impl Purpose {
    pub(super) const fn rule(self) -> &'static str {
        match self {
            Self::Interception => "traffic-interception",
            Self::Browser => "browser-automation",
            Self::Money => "money-movement",
            Self::Credentials => "credential-access",
        }
    }

    pub(super) const fn severity(self) -> Severity {
        match self {
            Self::Interception | Self::Credentials => Severity::Low,
            Self::Browser | Self::Money => Severity::Info,
        }
    }
}

const PURPOSES: &[(Purpose, &str, &[&str])] = &[
    (
        Purpose::Interception,
        "npm",
        &["anyproxy", "hoxy", "http-mitm-proxy", "mitmproxy", "mockttp", "pcap", "cap", "whistle"],
    ),
    (
        Purpose::Interception,
        "pypi",
        &[
            "bettercap",
            "mitmproxy",
            "netfilterqueue",
            "proxy-py",
            "pcapy",
            "pypcap",
            "pyshark",
            "scapy",
            "selenium-wire",
            "sslstrip",
        ],
    ),
    (Purpose::Interception, "crates.io", &["hudsucker", "libpnet", "pcap", "pnet"]),
    (
        Purpose::Interception,
        "go",
        &[
            "github.com/elazarl/goproxy",
            "github.com/google/martian",
            "github.com/google/gopacket",
            "github.com/lqqyt2423/go-mitmproxy",
        ],
    ),
    (
        Purpose::Interception,
        "homebrew",
        &["bettercap", "ettercap", "mitmproxy", "tcpdump", "wireshark"],
    ),
    (
        Purpose::Interception,
        "debian",
        &[
            "bettercap",
            "dsniff",
            "ettercap-text-only",
            "mitmproxy",
            "tcpdump",
            "tshark",
            "wireshark",
        ],
    ),
    (
        Purpose::Browser,
        "npm",
        &[
            "@playwright/mcp",
            "@playwright/test",
            "chrome-remote-interface",
            "nightmare",
            "playwright",
            "playwright-core",
            "puppeteer",
            "puppeteer-core",
            "puppeteer-extra",
            "puppeteer-extra-plugin-stealth",
            "selenium-webdriver",
            "webdriverio",
        ],
    ),
    (
        Purpose::Browser,
        "pypi",
        &[
            "browser-use",
            "mechanize",
            "nodriver",
            "patchright",
            "playwright",
            "pyppeteer",
            "robotframework-seleniumlibrary",
            "selenium",
            "splinter",
            "undetected-chromedriver",
        ],
    ),
    (
        Purpose::Browser,
        "crates.io",
        &["chromiumoxide", "fantoccini", "headless-chrome", "thirtyfour"],
    ),
    (
        Purpose::Browser,
        "go",
        &[
            "github.com/chromedp/chromedp",
            "github.com/go-rod/rod",
            "github.com/playwright-community/playwright-go",
        ],
    ),
    (Purpose::Browser, "rubygems", &["capybara", "ferrum", "selenium-webdriver", "watir"]),
    (
        Purpose::Money,
        "npm",
        &[
            "@coinbase/wallet-sdk",
            "@ethersproject/wallet",
            "@paypal/checkout-server-sdk",
            "@solana/spl-token",
            "@solana/web3.js",
            "bitcoinjs-lib",
            "braintree",
            "ccxt",
            "ethers",
            "ethereumjs-wallet",
            "plaid",
            "square",
            "stripe",
            "viem",
            "web3",
            "xrpl",
        ],
    ),
    (
        Purpose::Money,
        "pypi",
        &[
            "alpaca-py",
            "bitcoinlib",
            "braintree",
            "ccxt",
            "coinbase-advanced-py",
            "eth-account",
            "ib-insync",
            "paypalrestsdk",
            "plaid-python",
            "python-binance",
            "solana",
            "solders",
            "squareup",
            "stripe",
            "web3",
            "xrpl-py",
        ],
    ),
    (
        Purpose::Money,
        "crates.io",
        &["alloy", "async-stripe", "bitcoin", "ethers", "solana-sdk", "web3"],
    ),
    (
        Purpose::Money,
        "go",
        &[
            "github.com/btcsuite/btcd",
            "github.com/ethereum/go-ethereum",
            "github.com/gagliardetto/solana-go",
        ],
    ),
    (Purpose::Money, "rubygems", &["braintree", "eth", "paypal-sdk-rest", "stripe"]),
    (
        Purpose::Credentials,
        "npm",
        &[
            "chrome-cookies-secure",
            "clipboardy",
            "iohook",
            "keytar",
            "node-global-key-listener",
            "node-keytar",
            "uiohook-napi",
        ],
    ),
    (
        Purpose::Credentials,
        "pypi",
        &[
            "browser-cookie3",
            "browsercookie",
            "getmac",
            "impacket",
            "keyboard",
            "keyring",
            "lazagne",
            "mimikatz",
            "mss",
            "pycookiecheat",
            "pynput",
            "pypykatz",
            "pyperclip",
            "rookiepy",
            "secretstorage",
        ],
    ),
    (Purpose::Credentials, "crates.io", &["keyring", "rdev", "rookie", "security-framework"]),
    (
        Purpose::Credentials,
        "go",
        &[
            "github.com/browserutils/kooky",
            "github.com/keybase/go-keychain",
            "github.com/zalando/go-keyring",
        ],
    ),
    (Purpose::Credentials, "homebrew", &["hashcat", "hydra", "john", "john-jumbo"]),
    (Purpose::Credentials, "debian", &["hashcat", "hydra", "john", "mimikatz", "responder"]),
];

/// What the well-known package `name` is for, if that matters.
pub(super) fn of(ecosystem: &str, name: &str) -> Option<Purpose> {
    PURPOSES
        .iter()
        .find(|(_, of, names)| *of == ecosystem && names.contains(&name))
        .map(|(purpose, ..)| *purpose)
}
