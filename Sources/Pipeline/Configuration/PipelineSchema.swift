extension PipelineConfiguration {
    /// The JSON Schema (draft 2020-12) of pipeline.json. What it cannot say, such as that sites must not lead out of
    /// the output folder in every way, ``read(from:)`` checks.
    public static let jsonSchema = #"""
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "title": "recapi pipeline",
          "type": "object",
          "additionalProperties": false,
          "required": ["version", "inputs", "output"],
          "properties": {
            "$schema": {"type": "string", "description": "For editors; not looked at."},
            "version": {"const": 1},
            "inputs": {
              "description": "Where PFX files and keys come from.",
              "type": "array",
              "minItems": 1,
              "items": {"$ref": "#/$defs/input"}
            },
            "output": {
              "type": "object",
              "additionalProperties": false,
              "required": ["directory"],
              "properties": {
                "directory": {
                  "description": "Where outputs go; made with mode 0700 where it is missing.",
                  "$ref": "#/$defs/path"
                },
                "name": {
                  "description": "An output's path below the directory, from {site}, {folder}, {name} and, for keys on tokens, {id}; empty parts vanish.",
                  "type": "string",
                  "pattern": "\\{name\\}",
                  "default": "{site}/{folder}/{name}.pfx"
                },
                "password": {
                  "description": "Protects the outputs of inputs without an outputPassword.",
                  "$ref": "#/$defs/outputPassword"
                },
                "overwrite": {
                  "description": "What happens to an existing file that is not a right conversion of its source.",
                  "enum": ["never", "replace"],
                  "default": "never"
                }
              }
            },
            "providers": {
              "description": "Names of the providers to use, the preferred first; all that are found by default.",
              "type": "array",
              "minItems": 1,
              "uniqueItems": true,
              "items": {"type": "string", "minLength": 1}
            },
            "isolate": {
              "description": "Providers hosted in processes of their own: names, all (true) or none (false); pkcs11 by default.",
              "oneOf": [
                {"type": "boolean"},
                {"type": "array", "minItems": 1, "uniqueItems": true, "items": {"type": "string", "minLength": 1}}
              ]
            },
            "distribute": {
              "description": "spread: the providers seal in turns; prefer: the first that can, in the order of providers, or else the one whose output is proved by the reader that reports most.",
              "enum": ["spread", "prefer"],
              "default": "prefer"
            },
            "verify": {
              "description": "Whose readers prove an output: one other than the provider that sealed it, all, or the same.",
              "enum": ["another", "all", "same"],
              "default": "another"
            },
            "profile": {
              "description": "What outputs have to be.",
              "default": "schannel",
              "oneOf": [
                {"$ref": "#/$defs/profileName"},
                {
                  "type": "object",
                  "additionalProperties": false,
                  "required": ["name"],
                  "properties": {
                    "name": {"$ref": "#/$defs/profileName"},
                    "keySpec": {"enum": ["exchange", "signature"], "default": "exchange"},
                    "encryption": {"enum": ["3des-sha1", "aes256-sha256"], "default": "3des-sha1"},
                    "machineKeySet": {"enum": ["keep", "set", "clear"], "default": "keep"}
                  }
                }
              ]
            },
            "unchanged": {
              "description": "What happens to a file that already is what the profile asks for.",
              "enum": ["skip", "rewrite"],
              "default": "skip"
            },
            "allowMissingMAC": {
              "description": "Take files whose integrity nothing protects.",
              "type": "boolean",
              "default": false
            },
            "manifest": {
              "description": "Where the manifest goes; manifest.json in the output directory by default.",
              "$ref": "#/$defs/path"
            },
            "jobs": {
              "description": "How many files are worked on at once; as many as there are processors by default.",
              "type": "integer",
              "minimum": 1,
              "maximum": 1024
            },
            "jobsPerToken": {
              "description": "How many keys of one token are worked on at once, as far as it takes so many sessions.",
              "type": "integer",
              "minimum": 1,
              "maximum": 1024,
              "default": 1
            },
            "limits": {
              "description": "What a file may ask for before it is refused.",
              "type": "object",
              "additionalProperties": false,
              "properties": {
                "fileBytes": {"type": "integer", "minimum": 1, "maximum": 1073741824, "default": 16777216},
                "nesting": {"type": "integer", "minimum": 1, "maximum": 50, "default": 32},
                "bags": {"type": "integer", "minimum": 1, "maximum": 1000000, "default": 1000},
                "iterations": {"type": "integer", "minimum": 1, "maximum": 2147483647, "default": 10000000},
                "totalIterations": {"type": "integer", "minimum": 1, "maximum": 281474976710656, "default": 50000000},
                "saltBytes": {"type": "integer", "minimum": 1, "maximum": 1048576, "default": 1024}
              }
            }
          },
          "$defs": {
            "path": {
              "description": "Relative paths are relative to the folder of this file.",
              "type": "string",
              "minLength": 1
            },
            "profileName": {"enum": ["schannel", "rsa-aes", "enhanced", "unnamed"]},
            "passwordSource": {
              "description": "Where a password comes from; never the password itself.",
              "type": "string",
              "pattern": "^(file:.+|env:[^=]+|fd:[0-9]+|cred:[^/]+|cmd:.*[^ \\t].*|prompt|empty)$"
            },
            "outputPassword": {
              "allOf": [{"$ref": "#/$defs/passwordSource"}, {"not": {"const": "empty"}}]
            },
            "input": {
              "type": "object",
              "additionalProperties": false,
              "required": ["site"],
              "oneOf": [
                {"required": ["path", "password"]}, {"required": ["list", "password"]}, {"required": ["token"]}
              ],
              "dependentSchemas": {
                "token": {"properties": {"password": false, "match": false, "recursive": false}},
                "pin": {"required": ["token"]},
                "module": {"required": ["token"]},
                "caCertificates": {"required": ["token"]},
                "export": {"required": ["token"]}
              },
              "properties": {
                "site": {
                  "description": "Names the folder of outputs and the group in the summary.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 200,
                  "pattern": "^[^./\\\\\\u0000-\\u001f\\u007f][^/\\\\\\u0000-\\u001f\\u007f]*$"
                },
                "path": {
                  "description": "A file, a folder, or a shell pattern of files and folders.",
                  "$ref": "#/$defs/path"
                },
                "list": {
                  "description": "A file with one path a line, relative to its own folder.",
                  "$ref": "#/$defs/path"
                },
                "token": {
                  "description": "Keys on a PKCS#11 token, by a URI of RFC 7512 without a pin-value.",
                  "type": "string",
                  "pattern": "^pkcs11:(?!.*[?&;]pin-value=)"
                },
                "pin": {
                  "description": "The token's PIN; by default that of the URI's pin-source.",
                  "$ref": "#/$defs/passwordSource"
                },
                "module": {
                  "description": "A PKCS#11 module; by default those that p11-kit is configured with.",
                  "$ref": "#/$defs/path"
                },
                "caCertificates": {
                  "description": "A folder of CA certificates, DER or PEM, for chains that the token does not hold.",
                  "$ref": "#/$defs/path"
                },
                "export": {
                  "description": "The ways in which a key may leave its token; the best that it allows is taken.",
                  "type": "array",
                  "minItems": 1,
                  "uniqueItems": true,
                  "items": {"enum": ["shrouded", "wrapped", "read"]},
                  "default": ["shrouded", "wrapped", "read"]
                },
                "match": {
                  "description": "Patterns for names of files inside folders, in either case.",
                  "type": "array",
                  "minItems": 1,
                  "uniqueItems": true,
                  "items": {"type": "string", "minLength": 1},
                  "default": ["*.pfx", "*.p12"]
                },
                "recursive": {
                  "description": "Whether folders inside folders are searched.",
                  "type": "boolean",
                  "default": true
                },
                "password": {
                  "description": "One source, or several candidates that are tried in turn.",
                  "oneOf": [
                    {"$ref": "#/$defs/passwordSource"},
                    {
                      "type": "array",
                      "minItems": 1,
                      "uniqueItems": true,
                      "items": {"$ref": "#/$defs/passwordSource"}
                    }
                  ]
                },
                "outputPassword": {"$ref": "#/$defs/outputPassword"}
              }
            }
          }
        }
        """#
}
