extension SitesConfiguration {
    /// The JSON Schema (draft 2020-12) of the sites file.
    public static let jsonSchema = #"""
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "title": "recapi sites",
          "type": "object",
          "additionalProperties": false,
          "required": ["version", "sites"],
          "properties": {
            "$schema": {"type": "string", "description": "For editors; not looked at."},
            "version": {"const": 1},
            "sites": {
              "description": "In the order to work in.",
              "type": "array",
              "minItems": 1,
              "items": {"$ref": "#/$defs/site"}
            }
          },
          "$defs": {
            "name": {
              "type": "string",
              "minLength": 1,
              "maxLength": 200,
              "pattern": "^[^./\\\\\\u0000-\\u001f\\u007f][^/\\\\\\u0000-\\u001f\\u007f]*$"
            },
            "site": {
              "type": "object",
              "additionalProperties": false,
              "required": ["name", "servers"],
              "properties": {
                "name": {"description": "The site's name in the manifest.", "$ref": "#/$defs/name"},
                "activeDirectorySite": {
                  "description": "The Active Directory site that the Edge servers are subscribed to.",
                  "$ref": "#/$defs/name",
                  "default": "Default-First-Site-Name"
                },
                "servers": {
                  "description": "In the order to work in; Mailbox servers always come before Edge servers.",
                  "type": "array",
                  "minItems": 1,
                  "items": {"$ref": "#/$defs/server"}
                }
              }
            },
            "server": {
              "type": "object",
              "additionalProperties": false,
              "required": ["name", "role"],
              "properties": {
                "name": {"description": "The computer's name, with or without its domain.", "$ref": "#/$defs/name"},
                "role": {"enum": ["mailbox", "edge"]},
                "certificates": {
                  "description": "May be left out where the site has one certificate, or one in a file with the server's name.",
                  "type": "array",
                  "minItems": 1,
                  "items": {
                    "oneOf": [
                      {"$ref": "#/$defs/certificateName"},
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": ["certificate"],
                        "properties": {
                          "certificate": {"$ref": "#/$defs/certificateName"},
                          "services": {"$ref": "#/$defs/services"}
                        }
                      }
                    ]
                  }
                },
                "services": {"$ref": "#/$defs/services", "default": ["SMTP"]},
                "exportable": {
                  "description": "Whether keys may be exported from the server again.",
                  "type": "boolean",
                  "default": false
                },
                "selfSigned": {
                  "description": "The thumbprint of the self-signed certificate that is the default one for SMTP meanwhile; the script looks for it by default.",
                  "type": "string",
                  "pattern": "^[0-9A-Fa-f]{40}$"
                }
              }
            },
            "certificateName": {
              "description": "A thumbprint, or the name of a PFX file of the manifest.",
              "type": "string",
              "minLength": 1
            },
            "services": {
              "description": "What Enable-ExchangeCertificate takes; Edge servers have SMTP only.",
              "type": "array",
              "minItems": 1,
              "uniqueItems": true,
              "items": {"enum": ["IIS", "IMAP", "POP", "SMTP", "UM", "UMCallRouter"]}
            }
          }
        }
        """#
}
