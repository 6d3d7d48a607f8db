import CHardening
import Providers

// Started by recapi only, with a plugin's path and a channel as descriptor 3: see PluginHost.
guard CommandLine.arguments.count == 2, recapi_harden_host() == 0 else { recapi_refuse_to_host() }
PluginHost.run(plugin: CommandLine.arguments[1])
