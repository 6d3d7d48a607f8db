/// As in CHANGELOG.md.
let recapiVersion = "0.1.0"
