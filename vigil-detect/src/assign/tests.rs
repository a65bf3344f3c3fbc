use crate::{
    class::{ALNUM, BASE64, HEX, LOWER_NUM},
    engine::Profile,
    samples::{Dice, engine},
};

fn found(text: &str) -> Vec<(&'static str, String)> {
    engine()
        .scan(text)
        .iter()
        .map(|hit| (hit.rule.name, text[hit.start..hit.end].to_owned()))
        .collect()
}

/// A password as people make them: words, capitals, digits and a sign.
fn password(seed: u64) -> String {
    let mut dice = Dice::new(seed);
    ["Harbor", "!", "Walnut", &dice.run(crate::class::DIGIT, 4)].concat()
}

#[test]
fn a_value_is_found_in_every_way_to_write_an_assignment() {
    let secret = Dice::new(1).run(ALNUM, 34) + "7x";
    let forms = [
        "ACME_API_KEY=#",
        "export ACME_API_KEY='#' && make",
        "acme_api_key: #\n",
        "  acmeApiKey: \"#\",",
        "{\"acme-api-key\": \"#\"}",
        "{\\\"acme_api_key\\\": \\\"#\\\"}",
        "{\\\\\\\"acme_api_key\\\\\\\": \\\\\\\"#\\\\\\\"}",
        "const ACME_API_KEY: &str = \"#\";",
        "let acmeApiKey: string = '#';",
        "$env:ACME_API_KEY = \"#\"",
        "set ACME_API_KEY=#\r\n",
        "curl -H 'X-Api-Key: #' https://h.test",
        "<key>acme_api_key</key>\n  <string>#</string>",
        "<acmeApiKey>#</acmeApiKey>",
        "| ACME_API_KEY | # |",
        "tool --api-key # --verbose",
        "tool --api-key=# --verbose",
        "  - name: ACME_API_KEY\n    value: #\n",
        "{\"name\":\"ACME_API_KEY\",\"value\":\"#\"}",
        "os.environ.setdefault(\"ACME_API_KEY\", \"#\")",
        "My internal API key is # and the rest follows",
        "I rotated the internal API key, new one is `#`. Use it",
        "\u{1b}[32mACME_API_KEY\u{1b}[0m=#",
        "a\\nACME_API_KEY=#\\nB=1",
    ];
    for form in forms {
        let hits = found(&form.replace('#', &secret));

        assert_eq!(hits, [("generic_api_key", secret.clone())], "{form}");
    }
}

#[test]
fn a_password_is_found_in_every_way_to_write_one() {
    let secret = password(2);
    let forms = [
        "DB_PASSWORD=#\n",
        "spring.datasource.password=#\n",
        "password = '#'",
        "ALTER USER app WITH PASSWORD '#';",
        "machine h.test\n  login app\n  password #\n",
        "Server=h.test;User ID=app;Password=#;Encrypt=True",
        "the password for staging is #\n",
        "mysql --password=# -e 'show tables'",
        "sshpass -p '#' ssh h.test",
        "mysql -u root -p'#' -e 'show tables'",
        "curl -u app:# https://h.test/",
    ];
    for form in forms {
        let hits = found(&form.replace('#', &secret));

        assert_eq!(hits.iter().map(|hit| &hit.1).collect::<Vec<_>>(), [&secret], "{form}");
    }
}

#[test]
fn a_known_service_gives_the_value_its_type() {
    let mut dice = Dice::new(3);
    let cases = [
        ("DD_API_KEY", "datadog_api", dice.run(HEX, 32)),
        ("datadogAppKey", "datadog_app", dice.run(HEX, 40)),
        ("TWILIO_AUTH_TOKEN", "twilio_auth", dice.run(HEX, 32)),
        ("ZENDESK_API_TOKEN", "zendesk", dice.run(ALNUM, 40)),
        ("AZURE_STORAGE_KEY", "azure_storage_key", dice.run(BASE64, 86) + "=="),
        ("MATTERMOST_TOKEN", "mattermost", dice.run(LOWER_NUM, 26)),
    ];
    for (name, kind, value) in cases {
        assert_eq!(found(&format!("{name}={value}\n")), [(kind, value)], "{name}");
    }
}

#[test]
fn references_names_and_stand_ins_are_no_values() {
    let texts = [
        "password = var.db_password",
        "api_key = os.environ[\"OPENAI_API_KEY\"]",
        "const token = process.env.GITHUB_TOKEN!;",
        "API_KEY=${ACME_API_KEY}",
        "apiKey: config.get('stripe.secretKey')",
        "password: <your-password-goes-here-1>",
        "DB_PASSWORD: {{ vault_db_password_2024 }}",
        "password: ENC[AES256_GCM,data:v318WY+bMOtfcriGfuARrd1I,iv:LIM92g=,type:str]",
        "SECRET_NAME=projects/acme/secrets/db-password/versions/12",
        "SECRET_KEY=change-me-in-production-2024",
        "token: ****************************PTLh",
        "generate_private_key: x25519_generate_private_key,",
        "pub const ERROR_OTHER_PASSWORD: WIN32_ERROR = 2108u32;",
        "\"passwordPlaceholder\": \"Enter your password1\",",
        "const [password, setPassword] = useState('')",
        "token_type: \"bearer\", expires_in: 3600",
        "api_key_id: 839b3f3c-4195-45e7-9967-0ce1d2fbc31a",
        "let secret = b\"\\xb8\\x0b\\x73\\x3d\\x6c\\xee\\xfc\\xdc\\x71\";",
        ".walnut-key { color: #b622e8; background: #3370e507; }",
        "next_page_token: 98Zk2mQ7tY4cVb1nL0pXw3Rs",
        "public_key = 98Zk2mQ7tY4cVb1nL0pXw3Rs6uJd",
        "cache_key: b25db4ccf4c68ec7ea70129c82f44c78a3ad17bc",
        "max_tokens: 4096, primary_key: 1234567890123456",
        "mongodb+srv://<username>:<password>@cluster0.mongodb.test/",
        "passwords must have 8 characters, password is required: Abc",
    ];
    for text in texts {
        assert_eq!(found(text), [], "{text}");
    }
}

#[test]
fn a_bare_value_goes_on_behind_a_sign_where_nothing_else_can() {
    let whole = |tail: &str| found(&format!("DB_PASSWORD=pELv3D5g7Zq{tail}"));
    let is = |value: &str| vec![("generic_password", value.to_owned())];

    assert_eq!(whole("&cAHfXyKg\nNEXT=1\n"), is("pELv3D5g7Zq&cAHfXyKg"));
    assert_eq!(whole("<cAH&XyKg"), is("pELv3D5g7Zq<cAH&XyKg"));
    assert_eq!(whole("&next=1\n"), is("pELv3D5g7Zq"));
    assert_eq!(whole("&& make deploy\n"), is("pELv3D5g7Zq"));
    assert_eq!(whole(" & make\n"), is("pELv3D5g7Zq"));
    let query = "https://shop.example.test/?password=pELv3D5g7Zq&remember\n";
    assert_eq!(found(query), is("pELv3D5g7Zq"));
}

#[test]
fn what_may_be_a_secret_is_masked_and_not_told_of() {
    let text = "DB_PASSWORD=velvetb1rd\n";

    assert!(engine().scan_for(text, Profile::Alert).is_empty());
    assert_eq!(engine().scan_for(text, Profile::Mask).len(), 1);
}

#[test]
fn users_and_passwords_in_base64_are_found() {
    let pair = &["YXBwOkhhcmJv", "ciFXYWxudXQ3Mjk0"].concat();
    for form in
        ["Authorization: Basic #", "{\"auths\":{\"h.test\":{\"auth\": \"#\"}}}", "_auth=#\n"]
    {
        let hits = found(&form.replace('#', pair));

        assert_eq!(hits.len(), 1, "{form}");
        assert_eq!(&hits[0].1, pair);
    }
    assert_eq!(found("Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), []);
}
