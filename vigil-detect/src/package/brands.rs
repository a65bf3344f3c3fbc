//! What everybody calls something whose package has another name. Those who ask for it by what it
//! is called get whatever somebody has put there.

/// The ecosystem, what it is called, and the package that is meant.
const BRANDS: &[(&str, &str, &str)] = &[
    ("npm", "angular-core", "@angular/core"),
    ("npm", "anthropic-sdk", "@anthropic-ai/sdk"),
    ("npm", "aws-cli", "@aws-sdk/client-s3"),
    ("npm", "babel-core-js", "@babel/core"),
    ("npm", "claude-code", "@anthropic-ai/claude-code"),
    ("npm", "codex-cli", "@openai/codex"),
    ("npm", "gemini-cli", "@google/gemini-cli"),
    ("npm", "googleapis-auth", "google-auth-library"),
    ("npm", "huggingface", "@huggingface/inference"),
    ("npm", "mcp-sdk", "@modelcontextprotocol/sdk"),
    ("npm", "modelcontextprotocol", "@modelcontextprotocol/sdk"),
    ("npm", "nestjs", "@nestjs/core"),
    ("npm", "octokit-rest", "@octokit/rest"),
    ("npm", "openai-sdk", "openai"),
    ("npm", "postgresql", "pg"),
    ("npm", "prisma-client", "@prisma/client"),
    ("npm", "puppeteer-js", "puppeteer"),
    ("npm", "sentry", "@sentry/node"),
    ("npm", "supabase-js", "@supabase/supabase-js"),
    ("npm", "sveltekit", "@sveltejs/kit"),
    ("npm", "tailwind", "tailwindcss"),
    ("npm", "telegram-bot", "node-telegram-bot-api"),
    ("npm", "typescript-eslint-parser", "@typescript-eslint/parser"),
    ("npm", "vitejs", "vite"),
    ("npm", "websocket-client", "ws"),
    ("pypi", "attr", "attrs"),
    ("pypi", "beautifulsoup", "beautifulsoup4"),
    ("pypi", "bs4", "beautifulsoup4"),
    ("pypi", "crypto", "pycryptodome"),
    ("pypi", "cv2", "opencv-python"),
    ("pypi", "dateutil", "python-dateutil"),
    ("pypi", "discord", "discord-py"),
    ("pypi", "discordpy", "discord-py"),
    ("pypi", "docx", "python-docx"),
    ("pypi", "dotenv", "python-dotenv"),
    ("pypi", "elastic-search", "elasticsearch"),
    ("pypi", "fitz", "pymupdf"),
    ("pypi", "git-python", "gitpython"),
    ("pypi", "google-cloud", "google-cloud-storage"),
    ("pypi", "google-generative-ai", "google-generativeai"),
    ("pypi", "grpc", "grpcio"),
    ("pypi", "huggingface", "huggingface-hub"),
    ("pypi", "imagemagick", "wand"),
    ("pypi", "imblearn", "imbalanced-learn"),
    ("pypi", "jwt", "pyjwt"),
    ("pypi", "kafka", "kafka-python"),
    ("pypi", "ldap", "python-ldap"),
    ("pypi", "magic", "python-magic"),
    ("pypi", "memcache", "python-memcached"),
    ("pypi", "mongodb", "pymongo"),
    ("pypi", "mysql", "mysqlclient"),
    ("pypi", "nacl", "pynacl"),
    ("pypi", "open-ai", "openai"),
    ("pypi", "opencv", "opencv-python"),
    ("pypi", "openssl", "pyopenssl"),
    ("pypi", "pil", "pillow"),
    ("pypi", "postgres", "psycopg2"),
    ("pypi", "postgresql", "psycopg2"),
    ("pypi", "pptx", "python-pptx"),
    ("pypi", "pyspark-sql", "pyspark"),
    ("pypi", "pytorch", "torch"),
    ("pypi", "qdrant", "qdrant-client"),
    ("pypi", "serial", "pyserial"),
    ("pypi", "skimage", "scikit-image"),
    ("pypi", "sklearn", "scikit-learn"),
    ("pypi", "spacy-nlp", "spacy"),
    ("pypi", "speechrecognition-google", "speechrecognition"),
    ("pypi", "telegram", "python-telegram-bot"),
    ("pypi", "tensorflow-gpu", "tensorflow"),
    ("pypi", "twitter", "tweepy"),
    ("pypi", "usb", "pyusb"),
    ("pypi", "weaviate", "weaviate-client"),
    ("pypi", "wx", "wxpython"),
    ("pypi", "xgboost-gpu", "xgboost"),
    ("pypi", "yaml", "pyyaml"),
    ("pypi", "zmq", "pyzmq"),
];

/// What is called something in `ecosystem`: the names, as the registry would take them.
pub fn names(ecosystem: &str) -> impl Iterator<Item = &'static str> {
    BRANDS.iter().filter(move |(of, ..)| *of == ecosystem).map(|(_, called, _)| *called)
}

/// The package that is meant by what everybody says.
pub(super) fn meant(ecosystem: &str, called: &str) -> Option<&'static str> {
    let at = BRANDS.binary_search_by(|(of, name, _)| (*of, *name).cmp(&(ecosystem, called)));
    at.ok().and_then(|at| BRANDS.get(at)).map(|(.., meant)| *meant)
}

#[cfg(test)]
pub(super) const fn all() -> &'static [(&'static str, &'static str, &'static str)] {
    BRANDS
}
