print("recapi")
