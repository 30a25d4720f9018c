from kvasir_services.cli.main import main

main()
